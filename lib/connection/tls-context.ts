import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { ConfigurationError } from '../core/errors/usage.js';
import { secureContext } from '../core/node-tls.js';
import type { TlsOptions } from '../core/runtime.js';

/** The TLS options of a client, by the names of its options. */
export interface TlsContextOptions {
  readonly tls?: boolean | undefined;
  readonly tlsCAFile?: string | undefined;
  readonly tlsCRLFile?: string | undefined;
  readonly tlsCertificateKeyFile?: string | undefined;
  readonly tlsCertificateKeyFilePassword?: string | undefined;
  readonly tlsAllowInvalidCertificates?: boolean | undefined;
  readonly tlsAllowInvalidHostnames?: boolean | undefined;
  readonly tlsInsecure?: boolean | undefined;
}

/**
 * Reads the files that the TLS options of a client name and checks what is in them; `undefined` where TLS is off.
 * Blocks while it reads: made for the constructor of a client, whose caller learns of a wrong path there and then.
 * Throws `ConfigurationError`.
 */
export const createTlsContext = (options: TlsContextOptions): TlsOptions | undefined => {
  if (options.tls !== true) return undefined;
  const { tlsCAFile, tlsCRLFile, tlsCertificateKeyFile, tlsCertificateKeyFilePassword: passphrase } = options;
  const insecure = options.tlsInsecure === true;
  const context: TlsOptions = Object.freeze({
    rejectUnauthorized: !insecure && options.tlsAllowInvalidCertificates !== true,
    checkHostname: !insecure && options.tlsAllowInvalidHostnames !== true,
    ...(tlsCAFile !== undefined && { ca: Object.freeze(readAuthorities(tlsCAFile)) }),
    ...(tlsCRLFile !== undefined && { crl: Object.freeze(readRevocations(tlsCRLFile)) }),
    ...(tlsCertificateKeyFile !== undefined && readCertificateKey(tlsCertificateKeyFile, passphrase)),
  });
  if (tlsCertificateKeyFile !== undefined)
    checkUsable('tlsCertificateKeyFile', tlsCertificateKeyFile, context);
  else if (tlsCRLFile !== undefined) checkUsable('tlsCRLFile', tlsCRLFile, context);
  else if (tlsCAFile !== undefined) checkUsable('tlsCAFile', tlsCAFile, context);
  return context;
};

/** OpenSSL has rules of its own, for the size of a key for one: what it does not take would fail each connection. */
const checkUsable = (option: string, path: string, context: TlsOptions): void => {
  try {
    secureContext(context);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new ConfigurationError(`${option}: the file ${path} cannot be used for TLS: ${why}`, {
      cause: error,
    });
  }
};

const CERTIFICATE =
  /-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----[\s\S]+?-----END (?:X509 |TRUSTED )?CERTIFICATE-----/g;

const readFile = (option: string, path: string): string => {
  try {
    return readFileSync(path, 'latin1');
  } catch (error) {
    throw new ConfigurationError(`${option}: the file ${path} cannot be read`, { cause: error });
  }
};

/** All certificates of a file, each by itself: a damaged one is found here and not in a handshake. */
const readAuthorities = (path: string): string[] => {
  const certificates = readFile('tlsCAFile', path).match(CERTIFICATE) ?? [];
  if (certificates.length === 0)
    throw new ConfigurationError(`tlsCAFile: the file ${path} holds no certificate`);
  for (const certificate of certificates) parseCertificate('tlsCAFile', path, certificate);
  return certificates;
};

const REVOCATIONS = /-----BEGIN X509 CRL-----[\s\S]+?-----END X509 CRL-----/g;

/** Lists in PEM, which is all that Node takes, or one in DER, which is the same bytes in another dress (TLS-13). */
const readRevocations = (path: string): string[] => {
  const content = readFile('tlsCRLFile', path);
  const lists = content.match(REVOCATIONS);
  if (lists !== null) return lists;
  if (!content.startsWith(DER_SEQUENCE))
    throw new ConfigurationError(`tlsCRLFile: the file ${path} holds no list of revoked certificates`);
  const lines =
    Buffer.from(content, 'latin1')
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return [`-----BEGIN X509 CRL-----\n${lines.join('\n')}\n-----END X509 CRL-----\n`];
};

const DER_SEQUENCE = '\x30';

const parseCertificate = (option: string, path: string, certificate: string): X509Certificate => {
  try {
    return new X509Certificate(certificate);
  } catch (error) {
    throw new ConfigurationError(`${option}: a certificate in ${path} cannot be read`, { cause: error });
  }
};

const readCertificateKey = (
  path: string,
  passphrase: string | undefined,
): { readonly cert: string; readonly key: string; readonly passphrase?: string } => {
  const option = 'tlsCertificateKeyFile';
  const content = readFile(option, path);
  const certificate = content.match(CERTIFICATE)?.[0];
  if (certificate === undefined)
    throw new ConfigurationError(`${option}: the file ${path} holds no certificate`);
  if (!/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(content)) {
    throw new ConfigurationError(`${option}: the file ${path} holds no private key`);
  }
  const encrypted = /-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: 4,ENCRYPTED/m.test(content);
  if (encrypted && passphrase === undefined) {
    throw new ConfigurationError(
      `${option}: the private key in ${path} is encrypted; tlsCertificateKeyFilePassword is missing`,
    );
  }
  let key;
  try {
    key = createPrivateKey({ key: content, ...(passphrase !== undefined && { passphrase }) });
  } catch (error) {
    const reason = encrypted ? 'cannot be decrypted with tlsCertificateKeyFilePassword' : 'cannot be read';
    throw new ConfigurationError(`${option}: the private key in ${path} ${reason}`, { cause: error });
  }
  if (!parseCertificate(option, path, certificate).checkPrivateKey(key)) {
    throw new ConfigurationError(`${option}: the private key in ${path} does not belong to its certificate`);
  }
  return { cert: content, key: content, ...(passphrase !== undefined && { passphrase }) };
};
