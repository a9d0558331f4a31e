import { CommandError } from '../../command-error.js';
import type { Evaluation } from '../evaluation.js';
import type { Maybe, Value } from '../value.js';

/** What a modifier may look at while it changes one document. */
export interface ModifierRun {
  readonly evaluation: Evaluation;
  /** The document is about to be inserted by an upsert. */
  readonly inserting: boolean;
  /** `{_id: 1}` for messages. */
  readonly idText: string;
  /** For `$currentDate: {$type: 'timestamp'}`. */
  timestamp(): Value;
}

/** Changes the value at one path. The same value back means no change; undefined removes the field. */
export interface Modifier {
  /** Whether it makes a field, and the path to it, where there is none. */
  readonly creates: boolean;
  /** Only for documents that an upsert inserts. */
  readonly onInsert?: boolean;
  apply(current: Maybe, run: ModifierRun, path: string): Maybe;
}

/** Makes a modifier from the operand of one path; the operand's errors are thrown here. */
export type ModifierFactory = (operand: Value, path: string, evaluation: Evaluation) => Modifier;

export const failedToParse = (message: string): never => {
  throw new CommandError('FailedToParse', message);
};

export const badValue = (message: string): never => {
  throw new CommandError('BadValue', message);
};
