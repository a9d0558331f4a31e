import { describe, expect, it } from '@jest/globals';
import { ConfigurationError, InvalidURI } from '../../lib/core/errors/usage.js';
import { mergeConnectionStrings } from '../../lib/options/merge-connection-strings.js';
import { resolveClientOptions } from '../../lib/options/resolve-client-options.js';

describe('mergeConnectionStrings', () => {
  it('[CONN-6] joins hosts and lets the later credentials and database win', () => {
    const { options } = resolveClientOptions(
      mergeConnectionStrings(['mongodb://u1:p1@a/x', 'mongodb://u2:p2@b/y']),
    );
    expect(options.hosts.map(String)).toEqual(['a:27017', 'b:27017']);
    expect(options.credentials?.username).toBe('u2');
    expect(options.credentials?.password).toBe('p2');
    expect(options.database).toBe('y');
  });

  it('lets the later value of an option win, whatever name it has, and keeps encoded parts encoded', () => {
    expect(
      mergeConnectionStrings([
        'mongodb://u%40:p%3A@a,%2Ftmp%2Fx.sock/d?ssl=false&w=1',
        'mongodb://a/?tls=true&readPreference=nearest&readPreferenceTags=a:b&readPreferenceTags=',
      ]),
    ).toBe(
      'mongodb://u%40:p%3A@a,%2Ftmp%2Fx.sock/d?tls=true&w=1&readPreference=nearest&readPreferenceTags=a:b&readPreferenceTags=',
    );
  });

  it('refuses what cannot be joined', () => {
    expect(() => mergeConnectionStrings([])).toThrow(ConfigurationError);
    expect(() => mergeConnectionStrings(['mongodb://a', 'mongodb://b:x'])).toThrow(InvalidURI);
    expect(() => mergeConnectionStrings(['mongodb+srv://a.b.c', 'mongodb://b'])).toThrow(ConfigurationError);
    expect(() => mergeConnectionStrings(['mongodb://a/?directConnection=true', 'mongodb://b'])).toThrow(
      InvalidURI,
    );
  });
});
