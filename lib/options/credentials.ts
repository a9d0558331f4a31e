import { inspect } from 'node:util';

export const MECHANISMS = [
  'DEFAULT',
  'SCRAM-SHA-1',
  'SCRAM-SHA-256',
  'MONGODB-X509',
  'MONGODB-AWS',
  'GSSAPI',
  'PLAIN',
  'MONGODB-OIDC',
] as const;

/** How a user is authenticated. `DEFAULT` negotiates between the two SCRAM mechanisms. */
export type AuthMechanism = (typeof MECHANISMS)[number];

/** Settings of one mechanism; names in upper case. Values are strings, or functions and lists for MONGODB-OIDC. */
export type MechanismProperties = Readonly<Record<string, unknown>>;

export interface CredentialsOptions {
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  readonly source: string;
  /** Absent: negotiated with the server. */
  readonly mechanism?: Exclude<AuthMechanism, 'DEFAULT'> | undefined;
  readonly mechanismProperties?: MechanismProperties | undefined;
}

/**
 * Who the client says it is. Immutable. The password and the settings of the mechanism, which may hold a session token,
 * are on no property that printing, JSON or a structured clone would take along.
 */
export class Credentials {
  readonly username: string | undefined;
  /** Database that authentication commands are sent to. */
  readonly source: string;
  readonly mechanism: Exclude<AuthMechanism, 'DEFAULT'> | undefined;
  readonly #password: string | undefined;
  readonly #mechanismProperties: MechanismProperties;

  constructor(options: CredentialsOptions) {
    this.username = options.username;
    this.source = options.source;
    this.mechanism = options.mechanism;
    this.#password = options.password;
    this.#mechanismProperties = Object.freeze({ ...options.mechanismProperties });
    Object.freeze(this);
  }

  get password(): string | undefined {
    return this.#password;
  }

  get mechanismProperties(): MechanismProperties {
    return this.#mechanismProperties;
  }

  toString(): string {
    const fields = (['username', 'source', 'mechanism'] as const)
      .filter((name) => this[name] !== undefined)
      .map((name) => `${name}=${inspect(this[name])}`);
    return `Credentials(${fields.join(', ')})`;
  }

  [inspect.custom](): string {
    return this.toString();
  }
}
