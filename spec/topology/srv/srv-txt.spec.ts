import { describe, expect, it } from '@jest/globals';
import { ConfigurationError } from '../../../lib/core/errors/usage.js';
import { readTxtOptions } from '../../../lib/topology/srv/srv-txt.js';

const read = (records: readonly string[], warnings: string[] = []) =>
  Object.fromEntries(readTxtOptions('c.example.com', records, (message) => warnings.push(message)));

describe('a TXT record', () => {
  it('[CONN-22] may set authSource, replicaSet and loadBalanced', () => {
    expect(read(['authSource=x&replicaSet=rs&loadBalanced=false'])).toEqual({
      authSource: 'x',
      replicaSet: 'rs',
      loadBalanced: false,
    });
    expect(read(['AUTHSOURCE=x'])).toEqual({ authSource: 'x' });
    expect(read([])).toEqual({});
    expect(read([''])).toEqual({});
  });

  it.each([
    'ssl=true',
    'tls=false',
    'socketTimeoutMS=500',
    'nope=1',
    'authSource=x;ssl=false',
    '%73sl=false',
    ' ssl=1',
  ])('[CONN-22] may set nothing else: "%s"', (text) => {
    expect(() => read([text])).toThrow(ConfigurationError);
    expect(() => read([text])).toThrow('it may set authSource, replicaSet, loadBalanced and nothing else');
  });

  it('[CONN-22] stands alone', () => {
    expect(() => read(['replicaSet=rs', 'authSource=x'])).toThrow('c.example.com has several TXT records');
  });

  it.each(['authSource', 'authSource=%zz', 'authSource='])('that cannot be read is named: "%s"', (text) => {
    expect(() => read([text])).toThrow(ConfigurationError);
    expect(() => read([text])).toThrow('The TXT record of c.example.com cannot be read');
  });

  it('with a value that does not fit is treated as a connection string with one: a warning, and it is left out', () => {
    const warnings: string[] = [];
    expect(read(['loadBalanced=maybe'], warnings)).toEqual({});
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain('In the TXT record of c.example.com: Option "loadBalanced"');
  });
});
