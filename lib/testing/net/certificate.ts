import { generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import type { Runtime } from '../../core/runtime.js';
import {
  bitString,
  boolean,
  integer,
  objectId,
  octetString,
  sequence,
  setOf,
  tagged,
  time,
  utf8String,
} from './der.js';

/** What a deployment with TLS needs: PEM texts. */
export interface TlsIdentity {
  /** Certificate of the authority that signed `cert`; clients trust this one. */
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

const DAY = 24 * 60 * 60 * 1000;
const VALID_DAYS = 365;

const ECDSA_WITH_SHA256 = sequence(objectId('1.2.840.10045.4.3.2'));

const nameOf = (commonName: string): Buffer =>
  sequence(setOf(sequence(objectId('2.5.4.3'), utf8String(commonName))));

const extension = (id: string, critical: boolean, value: Buffer): Buffer =>
  sequence(objectId(id), ...(critical ? [boolean(true)] : []), octetString(value));

const ipBytes = (address: string): Buffer | undefined => {
  if (/^\d+\.\d+\.\d+\.\d+$/.test(address)) return Buffer.from(address.split('.').map(Number));
  return address === '::1' ? Buffer.concat([Buffer.alloc(15), Buffer.from([1])]) : undefined;
};

/** subjectAltName: RFC 5280, section 4.2.1.6. */
const alternativeNames = (hosts: readonly string[]): Buffer =>
  extension(
    '2.5.29.17',
    false,
    sequence(
      ...hosts.map((host) => {
        const ip = ipBytes(host);
        return ip === undefined ? tagged(0x82, Buffer.from(host, 'latin1')) : tagged(0x87, ip);
      }),
    ),
  );

const pem = (label: string, der: Uint8Array): string => {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
};

interface Subject {
  readonly name: string;
  readonly publicKey: KeyObject;
  readonly extensions: readonly Buffer[];
}

const certify = (runtime: Runtime, subject: Subject, issuer: string, issuerKey: KeyObject): string => {
  const now = runtime.wallClock();
  const serial = Buffer.from(runtime.randomBytes(15));
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x40;
  const body = sequence(
    tagged(0xa0, integer(Buffer.from([2]))),
    integer(serial),
    ECDSA_WITH_SHA256,
    nameOf(issuer),
    sequence(time(now - DAY), time(now + VALID_DAYS * DAY)),
    nameOf(subject.name),
    subject.publicKey.export({ type: 'spki', format: 'der' }),
    tagged(0xa3, sequence(...subject.extensions)),
  );
  return pem('CERTIFICATE', sequence(body, ECDSA_WITH_SHA256, bitString(sign('sha256', body, issuerKey))));
};

const AUTHORITY = 'asyncmongo embedded deployment authority';

/** A new authority and a certificate for these hosts, signed by it. Valid for a year. */
export const makeTlsIdentity = (runtime: Runtime, hosts: readonly string[]): TlsIdentity => {
  const authority = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const server = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const basicConstraints = extension('2.5.29.19', true, sequence(boolean(true)));
  return {
    ca: certify(
      runtime,
      { name: AUTHORITY, publicKey: authority.publicKey, extensions: [basicConstraints] },
      AUTHORITY,
      authority.privateKey,
    ),
    cert: certify(
      runtime,
      { name: hosts[0] ?? 'localhost', publicKey: server.publicKey, extensions: [alternativeNames(hosts)] },
      AUTHORITY,
      authority.privateKey,
    ),
    key: server.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
};
