import { ERROR_CODES, errorName, type ErrorName } from './error-codes.js';

export interface CommandErrorOptions {
  readonly labels?: readonly string[];
  /** Fields that go into the error reply beside `code` and `errmsg`, for example `keyPattern`. */
  readonly extra?: Readonly<Record<string, unknown>>;
}

/** A command is refused or failed: becomes the reply `{ok: 0, errmsg, code, codeName, errorLabels?, ...extra}`. */
export class CommandError extends Error {
  readonly code: number;
  readonly codeName: string;
  readonly labels: readonly string[];
  readonly extra: Readonly<Record<string, unknown>> | undefined;

  /** `code` is a name of the server's error-code list, or a bare number (then the name is `Location<number>`). */
  constructor(code: ErrorName | number, message: string, options: CommandErrorOptions = {}) {
    super(message);
    this.code = typeof code === 'number' ? code : ERROR_CODES[code];
    this.codeName = typeof code === 'number' ? errorName(code) : code;
    this.labels = options.labels ?? [];
    this.extra = options.extra;
  }
}
