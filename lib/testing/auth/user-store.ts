import type { Runtime } from '../../core/runtime.js';
import { CommandError } from '../command-error.js';
import {
  makeCredentials,
  SALT_SIZES,
  SCRAM_MECHANISMS,
  type ScramCredentials,
  type ScramMechanism,
} from './scram-credentials.js';

export interface Role {
  readonly role: string;
  readonly db: string;
}

export interface User {
  readonly user: string;
  readonly database: string;
  readonly roles: readonly Role[];
  readonly customData: unknown;
  readonly credentials: ReadonlyMap<ScramMechanism, ScramCredentials>;
}

export interface UserDefinition {
  readonly user: string;
  readonly database: string;
  readonly password: string;
  readonly roles: readonly Role[];
  readonly mechanisms?: readonly ScramMechanism[];
  readonly customData?: unknown;
}

/** The server's defaults of scramIterationCount and scramSHA256IterationCount. */
const ITERATIONS = { 'SCRAM-SHA-1': 10_000, 'SCRAM-SHA-256': 15_000 } as const;

/** The users of a deployment. */
export class UserStore {
  readonly #runtime: Runtime;
  readonly #users = new Map<string, User>();

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  find(database: string, user: string): User | undefined {
    return this.#users.get(`${database}.${user}`);
  }

  all(): Iterable<User> {
    return this.#users.values();
  }

  create(definition: UserDefinition): void {
    if (this.find(definition.database, definition.user) !== undefined) {
      throw new CommandError(51003, `User "${definition.user}@${definition.database}" already exists`);
    }
    this.#put(definition, this.#credentials(definition));
  }

  /** Changes what is given and keeps the rest. */
  update(database: string, user: string, changes: Partial<UserDefinition>): void {
    const current = this.#existing(database, user);
    const { password, mechanisms } = changes;
    const credentials =
      password === undefined
        ? new Map([...current.credentials].filter(([mechanism]) => mechanisms?.includes(mechanism) ?? true))
        : this.#credentials({ ...current, ...changes, password });
    this.#put({ ...current, ...changes, password: '' }, credentials);
  }

  drop(database: string, user: string): void {
    this.#existing(database, user);
    this.#users.delete(`${database}.${user}`);
  }

  #existing(database: string, user: string): User {
    const found = this.find(database, user);
    if (found === undefined) throw new CommandError('UserNotFound', `User '${user}@${database}' not found`);
    return found;
  }

  #credentials(definition: UserDefinition): ReadonlyMap<ScramMechanism, ScramCredentials> {
    return new Map(
      (definition.mechanisms ?? SCRAM_MECHANISMS).map((mechanism) => [
        mechanism,
        makeCredentials(
          mechanism,
          definition.user,
          definition.password,
          Buffer.from(this.#runtime.randomBytes(SALT_SIZES[mechanism])),
          ITERATIONS[mechanism],
        ),
      ]),
    );
  }

  #put(definition: UserDefinition, credentials: ReadonlyMap<ScramMechanism, ScramCredentials>): void {
    const { user, database, roles, customData } = definition;
    this.#users.set(`${database}.${user}`, { user, database, roles, customData, credentials });
  }
}
