import { describe, expect, it } from '@jest/globals';
import { InvalidURI } from '../../lib/core/errors/usage.js';
import { parseConnectionString } from '../../lib/options/connection-string.js';
import { fc } from '../support/property.js';

const hostsOf = (uri: string): string[] => parseConnectionString(uri).hosts.map(String);

describe('parseConnectionString', () => {
  it('[CONN-8] decodes user name and password exactly once', () => {
    const { userinfo } = parseConnectionString('mongodb://us%40er:p%2Fw%2541@h');
    expect(userinfo?.username).toBe('us@er');
    expect(userinfo?.password).toBe('p/w%41');
  });

  it('[CONN-8] gives back whatever encodeURIComponent wrote', () => {
    fc.assert(
      fc.property(
        fc.string({ minLength: 1, unit: 'grapheme' }),
        fc.string({ unit: 'grapheme' }),
        (user, password) => {
          const uri = `mongodb://${encodeURIComponent(user)}:${encodeURIComponent(password)}@h/`;
          const { userinfo } = parseConnectionString(uri);
          expect([userinfo?.username, userinfo?.password]).toEqual([user, password]);
        },
      ),
    );
  });

  it('[CONN-8] refuses an ambiguous user part', () => {
    for (const uri of [
      'mongodb://us@er:pw@h',
      'mongodb://u:%zz@h',
      'mongodb://u:p:w@h',
      'mongodb://u/x:p@h',
    ]) {
      expect(() => parseConnectionString(uri)).toThrow(InvalidURI);
    }
  });

  it('[CONN-5] refuses ports outside 1 to 65535', () => {
    for (const port of ['0', '65536', '70000', '-1', '+1', '1e3', '', 'x']) {
      expect(() => parseConnectionString(`mongodb://h:${port}`)).toThrow(InvalidURI);
    }
    expect(hostsOf('mongodb://h:1,i:65535')).toEqual(['h:1', 'i:65535']);
  });

  it('[CONN-7] takes IPv6 literals in square brackets only', () => {
    expect(hostsOf('mongodb://[::1]')).toEqual(['[::1]:27017']);
    expect(hostsOf('mongodb://[::1]:27018,[fe80::1%25eth0]:3')).toEqual(['[::1]:27018', '[fe80::1%eth0]:3']);
    for (const host of ['::1', '::1:27018', '[::1', '[]', '[h]', '[::1]x', '[::1]:', '[1.2.3.4]']) {
      expect(() => parseConnectionString(`mongodb://${host}`)).toThrow(InvalidURI);
    }
  });

  it('[CONN-9] decodes a percent-encoded socket path, which has no port', () => {
    const [host] = parseConnectionString('mongodb://%2Ftmp%2Fmongodb-27017.sock').hosts;
    expect(host).toMatchObject({ socketPath: '/tmp/mongodb-27017.sock', port: undefined });
    expect(String(host)).toBe('/tmp/mongodb-27017.sock');
  });

  it('compares host names without regard to case', () => {
    expect(hostsOf('mongodb://EXAMPLE.com')).toEqual(['example.com:27017']);
  });

  it('[CONN-13] honours a name in any letter case and ignores an unknown one with one warning', () => {
    expect(parseConnectionString('mongodb://h/?MAXPOOLSIZE=5')).toMatchObject({
      options: { maxPoolSize: 5 },
      warnings: [],
    });
    const { options, warnings } = parseConnectionString('mongodb://h/?nope=1&maxPolSize=4');
    expect(options).toEqual({});
    expect(warnings).toEqual([
      'Option "nope" of the connection string is not known and ignored',
      expect.stringContaining('did you mean "maxPoolSize"'),
    ]);
  });

  it('[CONN-14] [TIME-7] leaves values of the wrong type or range out, with one warning each', () => {
    const wrong = [
      'connectTimeoutMS=abc',
      'connectTimeoutMS=0x10',
      'connectTimeoutMS=-1',
      'heartbeatFrequencyMS=499',
      'maxConnecting=0',
      'maxStalenessSeconds=30',
      'maxStalenessSeconds=0',
      'maxStalenessSeconds=-2',
      'readPreference=second',
      'readPreferenceTags=invalid',
      'retryWrites=1',
      'serverMonitoringMode=push',
      'zlibCompressionLevel=10',
      'maxIdleTimeMS=',
      'journal=',
      'fsync=ifPossible',
      `appName=${'x'.repeat(129)}`,
      'uuidRepresentation=foo',
      'srvMaxHosts=-1',
    ];
    for (const pair of wrong) {
      const { options, warnings } = parseConnectionString(`mongodb://h/?${pair}`);
      expect([pair, options, warnings.length]).toEqual([pair, {}, 1]);
    }
    expect(parseConnectionString('mongodb://h/?socketTimeoutMS=250').options).toEqual({
      socketTimeoutMS: 250,
    });
  });

  it('[CONN-14] refuses negative w and wTimeoutMS, an empty authSource and contradicting pairs', () => {
    const invalid = [
      'w=-1',
      'wtimeoutMS=-1',
      'authSource=',
      'ssl=true&tls=false',
      'w=0&journal=true',
      'minPoolSize=5&maxPoolSize=2',
      'readPreferenceTags=dc:ny',
      'maxStalenessSeconds=120&readPreference=primary',
    ];
    for (const query of invalid)
      expect(() => parseConnectionString(`mongodb://h/?${query}`)).toThrow(InvalidURI);
  });

  it('[SEL-3] [SEL-4] reads repeated tag sets in order, an empty one matching any member', () => {
    const { options } = parseConnectionString(
      'mongodb://h/?readPreference=nearest&readPreferenceTags=dc:ny,rack:1&readPreferenceTags=&maxStalenessSeconds=90',
    );
    expect(options['readPreferenceTags']).toEqual([{ dc: 'ny', rack: '1' }, {}]);
    expect(options['maxStalenessSeconds']).toBe(90);
  });

  it('[WC-2] reads w as a number where it is one', () => {
    expect(parseConnectionString('mongodb://h/?w=2').options).toEqual({ w: 2 });
    expect(parseConnectionString('mongodb://h/?w=majority').options).toEqual({ w: 'majority' });
  });

  it('[CONN-29] warns of deprecated names, not of ssl and wTimeout, and prefers the present name', () => {
    const parse = (query: string): unknown => {
      const { options, warnings } = parseConnectionString(`mongodb://h/?${query}`);
      return [options, warnings];
    };
    expect(parse('j=true')).toEqual([{ journal: true }, ['Option "j" is deprecated: use "journal"']]);
    expect(parse('ssl=true')).toEqual([{ tls: true }, []]);
    expect(parse('wTimeout=5')).toEqual([{ wTimeoutMS: 5 }, []]);
    expect(parse('ssl_ca_certs=a.pem')).toEqual([
      { tlsCAFile: 'a.pem' },
      ['Option "ssl_ca_certs" is deprecated: use "tlsCAFile"'],
    ]);
    expect(parse('j=true&journal=false')).toEqual([
      { journal: false },
      ['Option "j" of the connection string is ignored, since its present name "journal" is given too'],
    ]);
  });

  it('warns of a repeated option and takes the last value', () => {
    const { options, warnings } = parseConnectionString('mongodb://h/?replicaSet=a&replicaSet=b');
    expect(options).toEqual({ replicaSet: 'b' });
    expect(warnings).toHaveLength(1);
  });

  it('[AUTH-3] [AUTH-7] refuses unknown mechanisms and properties, and leaves a property without colon out', () => {
    expect(() => parseConnectionString('mongodb://u:p@h/?authMechanism=FOO')).toThrow(InvalidURI);
    expect(() => parseConnectionString('mongodb://u:p@h/?authMechanismProperties=FOO:bar')).toThrow(
      /"FOO" is not known/,
    );
    const { options, warnings } = parseConnectionString(
      'mongodb://u@h/?authMechanism=GSSAPI&authMechanismProperties=service_name:x,CANONICALIZE_HOST_NAME',
    );
    expect(options['authMechanismProperties']).toEqual({ SERVICE_NAME: 'x' });
    expect(warnings).toHaveLength(1);
    expect(() => parseConnectionString('mongodb://h/?authMechanismProperties=ALLOWED_HOSTS:x')).toThrow(
      InvalidURI,
    );
  });

  it('[API-4] does not know serverApi', () => {
    expect(parseConnectionString('mongodb://h/?serverApi=1').warnings).toHaveLength(1);
  });

  it('[NAME-10] checks the database name and keeps a dotted path whole', () => {
    expect(parseConnectionString('mongodb://h/a.b').database).toBe('a.b');
    for (const name of ['a%24b', 'a%20b', 'a%22b', 'a%2Fb', 'a%5Cb', 'a%00b']) {
      expect(() => parseConnectionString(`mongodb://h/${name}`)).toThrow(InvalidURI);
    }
  });

  it('never throws anything but InvalidURI for a text', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'ab1:/@?&=,%[]. $2F') }), (text) => {
        try {
          parseConnectionString(`mongodb://${text}`);
        } catch (error) {
          expect(error).toBeInstanceOf(InvalidURI);
        }
      }),
      { numRuns: 5000 },
    );
  });
});
