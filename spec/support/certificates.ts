import { generateKeyPairSync, randomBytes, sign, X509Certificate, type KeyObject } from 'node:crypto';
import { isIP, isIPv6 } from 'node:net';

/** A certificate with its private key, both PEM. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
  /** Certificate and key in one text, as `tlsCertificateKeyFile` wants it. */
  readonly combined: string;
  /** The same with the key encrypted. */
  encryptedWith(password: string): string;
}

export interface CertificateRequest {
  readonly commonName: string;
  /** Names and IP addresses that it is valid for. */
  readonly names?: readonly string[];
  /** An RSA key of this size instead of one on an elliptic curve. */
  readonly rsaBits?: number;
}

export interface CertificateAuthority {
  /** Its own certificate, PEM. */
  readonly cert: string;
  issue(request: CertificateRequest): Certificate;
  /** A list that revokes these certificates. */
  revoke(...certificates: readonly Certificate[]): RevocationList;
}

export interface RevocationList {
  readonly der: Buffer;
  readonly pem: string;
}

/**
 * Makes a new certificate authority, whose key is known to this test alone. Certificates are valid from yesterday to
 * tomorrow; elliptic-curve keys make all of this fast enough to do it in each test file.
 */
export const createCertificateAuthority = (commonName = 'Test authority'): CertificateAuthority => {
  const keys = newKeys();
  const subject = distinguishedName(commonName);
  const cert = signCertificate(subject, subject, keys.publicKey, keys.privateKey, [basicConstraints(true)]);
  return {
    cert,
    revoke: (...certificates) => signRevocations(subject, certificates, keys.privateKey),
    issue: ({ commonName: name, names = [], rsaBits }) => {
      const own = newKeys(rsaBits);
      const extensions = names.length === 0 ? [] : [alternativeNames(names)];
      const issued = signCertificate(
        subject,
        distinguishedName(name),
        own.publicKey,
        keys.privateKey,
        extensions,
      );
      const key = own.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
      return {
        cert: issued,
        key,
        combined: `${issued}${key}`,
        encryptedWith: (passphrase) =>
          `${issued}${own.privateKey.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase }) as string}`,
      };
    },
  };
};

const newKeys = (rsaBits?: number): { publicKey: KeyObject; privateKey: KeyObject } =>
  rsaBits === undefined
    ? generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
    : generateKeyPairSync('rsa', { modulusLength: rsaBits });

// ASN.1 in DER, as far as X.509 certificates need it (ITU-T X.690, RFC 5280).

const Tag = {
  integer: 2,
  bits: 3,
  octets: 4,
  oid: 6,
  utf8: 12,
  time: 23,
  sequence: 0x30,
  set: 0x31,
} as const;

const element = (tag: number, ...contents: readonly Uint8Array[]): Buffer => {
  const content = Buffer.concat(contents);
  const { length } = content;
  const header =
    length < 0x80
      ? [tag, length]
      : length < 0x100
        ? [tag, 0x81, length]
        : [tag, 0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from(header), content]);
};

const sequence = (...contents: readonly Uint8Array[]): Buffer => element(Tag.sequence, ...contents);
const tagged = (number: number, ...contents: readonly Uint8Array[]): Buffer =>
  element(0xa0 | number, ...contents);
const oid = (hex: string): Buffer => element(Tag.oid, Buffer.from(hex, 'hex'));
const octets = (content: Uint8Array): Buffer => element(Tag.octets, content);
const bits = (content: Uint8Array): Buffer => element(Tag.bits, Buffer.from([0]), content);
const TRUE = Buffer.from([1, 1, 0xff]);

const ECDSA_SHA256 = sequence(oid('2a8648ce3d040302'));

const distinguishedName = (commonName: string): Buffer =>
  sequence(element(Tag.set, sequence(oid('550403'), element(Tag.utf8, Buffer.from(commonName)))));

const utcTime = (date: Date): Buffer =>
  element(Tag.time, Buffer.from(`${date.toISOString().slice(2, 19).replaceAll(/[-:T]/g, '')}Z`));

const basicConstraints = (ca: boolean): Buffer =>
  sequence(oid('551d13'), TRUE, octets(sequence(...(ca ? [TRUE] : []))));

const alternativeNames = (names: readonly string[]): Buffer => {
  const entries = names.map((name) =>
    isIP(name) === 0 ? element(0x82, Buffer.from(name, 'latin1')) : element(0x87, addressBytes(name)),
  );
  return sequence(oid('551d11'), octets(sequence(...entries)));
};

/** IPv4, and the IPv6 loopback: what tests listen on. */
const addressBytes = (address: string): Buffer =>
  isIPv6(address)
    ? Buffer.concat([Buffer.alloc(15), Buffer.from([1])])
    : Buffer.from(address.split('.').map(Number));

const DAY = 24 * 60 * 60 * 1000;

const signCertificate = (
  issuer: Buffer,
  subject: Buffer,
  publicKey: KeyObject,
  issuerKey: KeyObject,
  extensions: readonly Buffer[],
): string => {
  const serial = randomBytes(8);
  serial[0] = 1;
  const toBeSigned = sequence(
    tagged(0, element(Tag.integer, Buffer.from([2]))),
    element(Tag.integer, serial),
    ECDSA_SHA256,
    issuer,
    sequence(utcTime(new Date(Date.now() - DAY)), utcTime(new Date(Date.now() + DAY))),
    subject,
    publicKey.export({ type: 'spki', format: 'der' }),
    ...(extensions.length === 0 ? [] : [tagged(3, sequence(...extensions))]),
  );
  const signed = sequence(toBeSigned, ECDSA_SHA256, bits(sign('sha256', toBeSigned, issuerKey)));
  return pem('CERTIFICATE', signed);
};

const pem = (label: string, der: Buffer): string => {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
};

const signRevocations = (
  issuer: Buffer,
  certificates: readonly Certificate[],
  issuerKey: KeyObject,
): RevocationList => {
  const revoked = certificates.map(({ cert }) =>
    sequence(
      element(Tag.integer, Buffer.from(new X509Certificate(cert).serialNumber, 'hex')),
      utcTime(new Date()),
    ),
  );
  const toBeSigned = sequence(
    ECDSA_SHA256,
    issuer,
    utcTime(new Date(Date.now() - DAY)),
    utcTime(new Date(Date.now() + DAY)),
    sequence(...revoked),
  );
  const der = sequence(toBeSigned, ECDSA_SHA256, bits(sign('sha256', toBeSigned, issuerKey)));
  return { der, pem: pem('X509 CRL', der) };
};
