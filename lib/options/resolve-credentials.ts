import { ConfigurationError } from '../core/errors/usage.js';
import { Credentials, type AuthMechanism, type MechanismProperties } from './credentials.js';

/** All that options and connection string say about authentication. */
export interface CredentialInput {
  /** Undefined where there is neither an option nor an "@" in the connection string. */
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly authSource: string | undefined;
  readonly authMechanism: AuthMechanism | undefined;
  readonly mechanismProperties: MechanismProperties | undefined;
  /** Database of the connection string: the source of some mechanisms, and never a request to authenticate. */
  readonly database: string | undefined;
}

type Presence = 'required' | 'optional' | 'forbidden';

interface MechanismRule {
  readonly username: Presence;
  readonly password: Presence;
  /** Where the user is known: one fixed source, or a default behind the database of the connection string. */
  readonly source: { readonly only: '$external' } | { readonly fallback: 'admin' | '$external' };
  readonly properties: readonly string[];
  readonly check?: (input: CredentialInput, properties: MechanismProperties) => void;
  readonly defaults?: MechanismProperties;
}

const refuse = (message: string): never => {
  throw new ConfigurationError(message);
};

const CANONICALIZE = [true, false, 'true', 'false', 'none', 'forward', 'forwardAndReverse'];

const checkGssapi = (_input: CredentialInput, properties: MechanismProperties): void => {
  const mode = properties['CANONICALIZE_HOST_NAME'];
  if (mode !== undefined && !CANONICALIZE.includes(mode as string)) {
    refuse('CANONICALIZE_HOST_NAME must be one of none, forward, forwardAndReverse, true, false');
  }
};

const checkAws = (input: CredentialInput, properties: MechanismProperties): void => {
  const hasUsername = (input.username ?? '') !== '';
  if (hasUsername !== (input.password !== undefined)) {
    refuse(
      'MONGODB-AWS takes a user name (access key id) and a password (secret access key) together, or none of them',
    );
  }
  if ('AWS_SESSION_TOKEN' in properties && !hasUsername) {
    refuse('AWS_SESSION_TOKEN belongs to a user name and a password, which are not given');
  }
};

const OIDC_ENVIRONMENTS = ['test', 'azure', 'gcp', 'k8s'];

const checkOidc = (input: CredentialInput, properties: MechanismProperties): void => {
  const environment = properties['ENVIRONMENT'];
  const ways = ['ENVIRONMENT', 'OIDC_CALLBACK', 'OIDC_HUMAN_CALLBACK'].filter((name) => name in properties);
  if (ways.length !== 1) {
    refuse(
      'MONGODB-OIDC takes exactly one of the properties ENVIRONMENT, OIDC_CALLBACK and OIDC_HUMAN_CALLBACK',
    );
  }
  if (environment !== undefined && !OIDC_ENVIRONMENTS.includes(environment as string)) {
    refuse(`ENVIRONMENT must be one of ${OIDC_ENVIRONMENTS.join(', ')}`);
  }
  const needsResource = environment === 'azure' || environment === 'gcp';
  if (needsResource !== 'TOKEN_RESOURCE' in properties) {
    refuse(
      `TOKEN_RESOURCE ${needsResource ? 'is needed' : 'is taken only'} with ENVIRONMENT:azure and ENVIRONMENT:gcp`,
    );
  }
  if (environment === undefined) return;
  if (environment !== 'azure' && (input.username ?? '') !== '') {
    refuse(`ENVIRONMENT:${String(environment)} takes no user name`);
  }
};

const SCRAM: MechanismRule = {
  username: 'required',
  password: 'required',
  source: { fallback: 'admin' },
  properties: [],
};

/** The "MongoCredential Properties" sections of the authentication specification. */
const RULES: Readonly<Record<AuthMechanism, MechanismRule>> = {
  DEFAULT: SCRAM,
  'SCRAM-SHA-1': SCRAM,
  'SCRAM-SHA-256': SCRAM,
  'MONGODB-X509': {
    username: 'optional',
    password: 'forbidden',
    source: { only: '$external' },
    properties: [],
  },
  'MONGODB-AWS': {
    username: 'optional',
    password: 'optional',
    source: { only: '$external' },
    properties: ['AWS_SESSION_TOKEN'],
    check: checkAws,
  },
  GSSAPI: {
    username: 'required',
    password: 'optional',
    source: { only: '$external' },
    properties: ['SERVICE_NAME', 'SERVICE_REALM', 'SERVICE_HOST', 'CANONICALIZE_HOST_NAME'],
    check: checkGssapi,
    defaults: { SERVICE_NAME: 'mongodb' },
  },
  PLAIN: { username: 'required', password: 'required', source: { fallback: '$external' }, properties: [] },
  'MONGODB-OIDC': {
    username: 'optional',
    password: 'forbidden',
    source: { only: '$external' },
    properties: ['ENVIRONMENT', 'TOKEN_RESOURCE', 'OIDC_CALLBACK', 'OIDC_HUMAN_CALLBACK', 'ALLOWED_HOSTS'],
    check: checkOidc,
  },
};

/**
 * The credentials of a client, or `undefined` where nothing asks for authentication: no user name, no "@" and no
 * mechanism. Throws `ConfigurationError` where the rules of the mechanism are broken.
 */
export const resolveCredentials = (input: CredentialInput): Credentials | undefined => {
  const { username, authMechanism } = input;
  if (username === undefined && input.password !== undefined) refuse('A password is given, but no user name');
  if (username === undefined && authMechanism === undefined) return undefined;
  const mechanism = authMechanism ?? 'DEFAULT';
  if (mechanism === 'DEFAULT' && username === undefined) return undefined;
  const rule = RULES[mechanism];
  const label = mechanism === 'DEFAULT' ? 'Authentication' : mechanism;
  checkPresence(`${label} needs a user name`, `${label} takes no user name`, rule.username, username, '');
  checkPresence(
    `${label} needs a password`,
    `${label} takes no password`,
    rule.password,
    input.password,
    undefined,
  );
  const properties: MechanismProperties = { ...rule.defaults, ...input.mechanismProperties };
  const foreign = Object.keys(properties).find((name) => !rule.properties.includes(name));
  if (foreign !== undefined) refuse(`${label} has no property ${foreign}`);
  rule.check?.(input, properties);
  return new Credentials({
    username: username === '' ? undefined : username,
    password: input.password,
    source: sourceOf(rule, input, label),
    mechanism: mechanism === 'DEFAULT' ? undefined : mechanism,
    mechanismProperties: properties,
  });
};

const checkPresence = (
  needs: string,
  refuses: string,
  presence: Presence,
  value: string | undefined,
  absent: string | undefined,
): void => {
  const given = value !== undefined && value !== absent;
  if (presence === 'required' && !given) refuse(needs);
  if (presence === 'forbidden' && given) refuse(refuses);
};

const sourceOf = (rule: MechanismRule, input: CredentialInput, label: string): string => {
  if ('fallback' in rule.source) return input.authSource ?? input.database ?? rule.source.fallback;
  if (input.authSource !== undefined && input.authSource !== rule.source.only) {
    refuse(`${label} is bound to the authSource ${rule.source.only}`);
  }
  return rule.source.only;
};
