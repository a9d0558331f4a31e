import { describe, expect, it } from '@jest/globals';
import { InvalidURI } from '../../lib/core/errors/usage.js';
import { parseConnectionString } from '../../lib/options/connection-string.js';

const messageOf = (uri: string): string => {
  try {
    parseConnectionString(uri);
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidURI);
    return (error as Error).message;
  }
  throw new Error('the connection string was accepted');
};

const encodedForm = (character: string, code: string): string =>
  `contains an unescaped "${character}": write it as "${code}" (encodeURIComponent does that)`;

/** Each message names the part, says what to write, and quotes nothing that can be a piece of a password. */
const GOLDEN: readonly (readonly [uri: string, message: string])[] = [
  ['', 'A connection string must begin with "mongodb://" or "mongodb+srv://"'],
  ['mongo://h', 'A connection string must begin with "mongodb://" or "mongodb+srv://", got "mongo://"'],
  ['mongodb://', 'The connection string has no host'],
  ['mongodb://al@ice:CANARY@h', `The user name in the connection string ${encodedForm('@', '%40')}`],
  ['mongodb://alice:CAN@RY@h', `The password in the connection string ${encodedForm('@', '%40')}`],
  ['mongodb://alice:CAN:ARY@h', `The password in the connection string ${encodedForm(':', '%3A')}`],
  [
    'mongodb://alice:CAN/ARY@h/db',
    `The user name or password in the connection string ${encodedForm('/', '%2F')}`,
  ],
  [
    'mongodb://alice:CAN?ARY@h/db',
    `The user name or password in the connection string ${encodedForm('?', '%3F')}`,
  ],
  [
    'mongodb://alice:CAN%ZZARY@h',
    'The password in the connection string contains a "%" that does not begin an escape of two hexadecimal digits: write "%" as "%25" (encodeURIComponent does that)',
  ],
  [
    'mongodb://alice:%FFCANARY@h',
    'The password in the connection string has percent escapes that are not UTF-8: encodeURIComponent writes the right ones',
  ],
  ['mongodb://:CANARY@h', 'The connection string has a password but no user name before the ":"'],
  [
    'mongodb://alice:CANARY',
    'The host has a port that is no number from 1 to 65535; a user name and password before it end with "@"',
  ],
  ['mongodb://a,b:70000', 'Host 2 has a port that is no number from 1 to 65535, got 70000'],
  ['mongodb://a,,b', 'Host 2 is empty: give a name, an address or a socket path, and no extra comma'],
  ['mongodb://::1', 'The host is an IPv6 address without square brackets: write "[::1]"'],
  [
    'mongodb:///tmp/mongodb-27017.sock',
    'The path of a Unix domain socket must be percent-encoded: write "%2Ftmp%2Fmongodb-27017.sock" as the host',
  ],
  [
    'mongodb://h/a%24b',
    'The database name in the connection string contains "$", which no database name can',
  ],
  ['mongodb://h/?w', 'Option "w" of the connection string has no value: write name=value'],
  ['mongodb://h/?w=1&CANARY@x', 'Option number 2 of the connection string has no value: write name=value'],
  [
    'mongodb://h/?authMechanism=SCRAM-SHA-265',
    'Option "authMechanism" of the connection string must be one of DEFAULT, SCRAM-SHA-1, SCRAM-SHA-256, MONGODB-X509, MONGODB-AWS, GSSAPI, PLAIN, MONGODB-OIDC (did you mean "SCRAM-SHA-256" or "SCRAM-SHA-1"?), got "SCRAM-SHA-265"',
  ],
  ['mongodb+srv://a.b.c:27017', 'The host of a mongodb+srv:// connection string has no port'],
  ['mongodb+srv://a.b.c,d.e.f', 'A mongodb+srv:// connection string names exactly one host'],
];

describe('messages about malformed connection strings', () => {
  it.each(GOLDEN)('[CONN-8] %s', (uri, message) => {
    expect(messageOf(uri)).toBe(message);
    expect(message).not.toMatch(/CAN|ARY/);
  });
});
