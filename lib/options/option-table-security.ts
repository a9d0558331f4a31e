import { MECHANISMS } from './credentials.js';
import { mechanismProperties } from './mechanism-properties.js';
import type { OptionAlias, OptionSpec } from './option-spec.js';
import { choice, flag, text } from './value-kinds.js';

export const AUTHENTICATION_OPTIONS: readonly OptionSpec[] = [
  {
    name: 'username',
    kind: text({ empty: true }),
    doc: 'User name, taken literally: nothing is percent-decoded. Wins over the user name of a connection string.',
    uri: false,
  },
  {
    name: 'password',
    kind: text({ empty: true }),
    doc: 'Password, taken literally: nothing is percent-decoded. Wins over the password of a connection string.',
    uri: false,
    secret: true,
  },
  {
    name: 'authSource',
    kind: text(),
    doc: 'Database that authenticates the user. `$external` for MONGODB-X509, MONGODB-AWS, MONGODB-OIDC and GSSAPI.',
    defaultText: 'the database of the connection string, else `admin`',
    refusedInUri: 'value',
  },
  {
    name: 'authMechanism',
    kind: choice(MECHANISMS),
    doc: 'How the user is authenticated. `DEFAULT`, as when unset, takes SCRAM-SHA-256 where the server offers it for the user, else SCRAM-SHA-1.',
    refusedInUri: 'anything',
  },
  {
    name: 'authMechanismProperties',
    kind: mechanismProperties,
    doc: 'Settings of the mechanism. GSSAPI: `SERVICE_NAME`, `SERVICE_REALM`, `SERVICE_HOST`, `CANONICALIZE_HOST_NAME`. MONGODB-AWS: `AWS_SESSION_TOKEN`. MONGODB-OIDC: `ENVIRONMENT`, `TOKEN_RESOURCE` and, in the options object, `OIDC_CALLBACK`, `OIDC_HUMAN_CALLBACK`, `ALLOWED_HOSTS`. In a connection string a value cannot contain a comma.',
    secret: true,
  },
];

/** An older option under both spellings that were in use. */
const former = (camelCase: string, snakeCase: string): OptionAlias[] => [
  { name: camelCase, deprecated: true },
  { name: snakeCase, deprecated: true },
];

export const TLS_OPTIONS: readonly OptionSpec[] = [
  {
    name: 'tls',
    kind: flag,
    doc: 'TLS on all connections, those of monitors included. Turned on by `mongodb+srv://` and by every option that says so below.',
    defaultText: '`false`; `true` for `mongodb+srv://`',
    aliases: [{ name: 'ssl' }],
    repeated: 'must-agree',
  },
  {
    name: 'tlsCAFile',
    kind: text(),
    doc: 'File with the certificates (PEM) of the authorities that the server is verified with. Turns TLS on.',
    defaultText: "the system's authorities",
    aliases: former('sslCaCerts', 'ssl_ca_certs'),
    impliesTls: 'present',
  },
  {
    name: 'tlsCertificateKeyFile',
    kind: text(),
    doc: 'File with the client certificate and its private key (PEM). Turns TLS on.',
    aliases: former('sslCertfile', 'ssl_certfile'),
    impliesTls: 'present',
  },
  {
    name: 'tlsCertificateKeyFilePassword',
    kind: text({ empty: true }),
    doc: 'Password of the private key.',
    aliases: former('sslPemPassphrase', 'ssl_pem_passphrase'),
    secret: true,
  },
  {
    name: 'sslKeyfile',
    kind: text(),
    doc: 'File with the private key, where the certificate file does not hold it. Turns TLS on.',
    aliases: [{ name: 'ssl_keyfile' }],
    insteadUse: 'tlsCertificateKeyFile',
    deprecated: true,
    impliesTls: 'present',
  },
  {
    name: 'tlsCRLFile',
    kind: text(),
    doc: 'File with a list of revoked certificates, PEM or DER. Turns TLS on.',
    aliases: former('sslCrlfile', 'ssl_crlfile'),
    impliesTls: 'present',
  },
  {
    name: 'tlsAllowInvalidCertificates',
    kind: flag,
    doc: 'Go on whatever the verification of the certificate says. Somebody between client and server can then read and change everything. An explicit `false` turns TLS on.',
    default: false,
    impliesTls: 'false',
  },
  {
    name: 'tlsAllowInvalidHostnames',
    kind: flag,
    doc: 'Do not compare the host name with the certificate; the chain is verified all the same. An explicit `false` turns TLS on.',
    default: false,
    impliesTls: 'false',
  },
  {
    name: 'tlsInsecure',
    kind: flag,
    doc: 'Relax as much as possible: `tlsAllowInvalidCertificates` and `tlsAllowInvalidHostnames` together. Unsafe outside of tests.',
    default: false,
  },
  {
    name: 'tlsDisableOCSPEndpointCheck',
    kind: flag,
    doc: 'Do not ask the OCSP responder that the certificate names. An explicit `false` turns TLS on.',
    default: false,
    impliesTls: 'false',
  },
  {
    name: 'tlsDisableCertificateRevocationCheck',
    kind: flag,
    doc: 'Do not check whether certificates were revoked.',
    default: false,
  },
  {
    name: 'sslCertReqs',
    kind: choice(['CERT_NONE', 'CERT_OPTIONAL', 'CERT_REQUIRED']),
    doc: '`CERT_NONE` accepts every certificate, the others verify it. Turns TLS on.',
    aliases: [{ name: 'ssl_cert_reqs' }],
    insteadUse: 'tlsAllowInvalidCertificates',
    deprecated: true,
    impliesTls: 'present',
  },
  {
    name: 'sslMatchHostname',
    kind: flag,
    doc: 'Compare the host name with the certificate: the opposite of `tlsAllowInvalidHostnames`.',
    aliases: [{ name: 'ssl_match_hostname' }],
    insteadUse: 'tlsAllowInvalidHostnames',
    deprecated: true,
  },
];
