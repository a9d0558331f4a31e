import { describe, expect, it } from '@jest/globals';
import { clientUri, hostCount } from './client-uri.js';

describe('the URI of a client entity', () => {
  const uri = 'mongodb://user:p%40ss@a:1,b:2/?replicaSet=rs&retryWrites=true';

  it('lets its options override, whatever their case', () => {
    expect(clientUri(uri, { retrywrites: false, appName: 'x y' }, false)).toBe(
      'mongodb://user:p%40ss@a:1,b:2/?replicaSet=rs&retrywrites=false&appName=x+y',
    );
  });

  it('has one seed and no set for a direct connection', () => {
    expect(clientUri(uri, { directConnection: true }, false)).toBe(
      'mongodb://user:p%40ss@a:1/?retryWrites=true&directConnection=true',
    );
  });

  it('keeps one router where asked to', () => {
    expect(clientUri('mongodb://a:1,b:2', {}, true)).toBe('mongodb://a:1/');
    expect(hostCount('mongodb://a:1,b:2')).toBe(2);
  });

  it('repeats readPreferenceTags and joins mechanism properties', () => {
    expect(clientUri('mongodb://a', { readPreferenceTags: ['dc:ny', ''] }, false)).toBe(
      'mongodb://a/?readPreferenceTags=dc%3Any&readPreferenceTags=',
    );
    expect(clientUri('mongodb://a', { authMechanismProperties: { ENVIRONMENT: 'test' } }, false)).toBe(
      'mongodb://a/?authMechanismProperties=ENVIRONMENT%3Atest',
    );
  });
});
