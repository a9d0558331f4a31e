import { readFileSync } from 'node:fs';
import * as tls from 'node:tls';
import type { TlsOptions } from './runtime.js';

type CertificateStore = 'default' | 'system';

/** Since Node 22.15; absent from the types of the oldest supported version. */
const { getCACertificates } = tls as { getCACertificates?: (store: CertificateStore) => string[] };

/** The file that OpenSSL's convention names for additional roots, where the system's store cannot be read. */
const rootsFromEnvironment = (): string[] => {
  const path = process.env['SSL_CERT_FILE'];
  if (path === undefined || path === '') return [];
  try {
    return [readFileSync(path, 'utf8')];
  } catch (error) {
    process.emitWarning(`SSL_CERT_FILE cannot be read: ${String(error)}`, 'AsyncMongoWarning');
    return [];
  }
};

let roots: { readonly ca?: string[] } | undefined;

/** The roots of Node with those of the system; where Node cannot read the system's, with those of SSL_CERT_FILE. */
const trustedRoots = (): { readonly ca?: string[] } => {
  if (roots !== undefined) return roots;
  const further = getCACertificates === undefined ? rootsFromEnvironment() : getCACertificates('system');
  // Without further roots Node's own store is used: it is parsed once for the process.
  roots =
    further.length === 0
      ? {}
      : { ca: [...new Set([...(getCACertificates?.('default') ?? tls.rootCertificates), ...further])] };
  return roots;
};

/** What `node:tls` takes for certificates and keys. */
export const pemOptions = (options: TlsOptions): tls.SecureContextOptions => {
  const { ca, cert, key, passphrase, crl } = options;
  return {
    ...(ca !== undefined && { ca: [...ca] }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
    ...(passphrase !== undefined && { passphrase }),
    ...(crl !== undefined && { crl: [...crl] }),
  };
};

const contexts = new WeakMap<TlsOptions, tls.SecureContext>();

/** Certificates and keys of a client in parsed form. Parsing takes milliseconds, hence once for each object. */
export const secureContext = (options: TlsOptions): tls.SecureContext => {
  let context = contexts.get(options);
  if (context === undefined) {
    const needsRoots = options.ca === undefined && options.rejectUnauthorized !== false;
    context = tls.createSecureContext({ ...(needsRoots && trustedRoots()), ...pemOptions(options) });
    contexts.set(options, context);
  }
  return context;
};
