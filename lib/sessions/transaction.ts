import type { RawBSONDocument } from '../bson/raw-document.js';
import { InvalidOperation } from '../core/errors/usage.js';
import type { ReadConcern } from '../options/read-concern.js';
import type { ReadPreference } from '../options/read-preference.js';
import type { WriteConcern } from '../options/write-concern.js';
import type { Pin } from './pin.js';
import { transition, type TransactionState } from './transaction-state.js';
import { Turns, type EndTurn } from './turns.js';

/** What happens to an operation while another one of its transaction runs. */
export type ConcurrentOperations = 'queue' | 'throw';

/** The options of one transaction, with everything filled in that is inherited. */
export interface TransactionSettings {
  readonly readConcern: ReadConcern;
  readonly writeConcern: WriteConcern;
  readonly readPreference: ReadPreference;
  readonly maxCommitTimeMS: number | undefined;
  readonly onConcurrentOperation: ConcurrentOperations;
}

/** What a session remembers of its transaction. Plain data: `transition()` says how `state` may change. */
export interface Transaction {
  /** `txnNumber` of all its commands. */
  readonly number: bigint;
  readonly settings: TransactionSettings;
  readonly turns: Turns;
  state: TransactionState;
  /** A command of it was sent: the server may know it. */
  sent: boolean;
  /** A commit or an abort was called and has not finished: nothing else may join. */
  ending: boolean;
  /** A server may have committed it: each further commit is sent with `w: 'majority'`. */
  commitInDoubt: boolean;
  /** The server, or the connection, that all its commands go to. */
  pin: Pin | undefined;
  /** Lets another router find out what became of it. */
  recoveryToken: RawBSONDocument | undefined;
}

export const newTransaction = (
  number: bigint,
  settings: TransactionSettings,
  state: TransactionState,
): Transaction => ({
  number,
  settings,
  turns: new Turns(),
  state,
  sent: false,
  ending: false,
  commitInDoubt: false,
  pin: undefined,
  recoveryToken: undefined,
});

/** Its first command is on the way: the server may know it from here on, whatever becomes of that. */
export const noteSent = (transaction: Transaction): void => {
  transaction.state = transition(transaction.state, 'operation');
  transaction.sent = true;
};

/** From now on any suitable server will do. */
export const unpin = (transaction: Transaction): void => {
  const { pin } = transaction;
  transaction.pin = undefined;
  pin?.connection?.release();
};

/** As `unpin`, where an operation still runs on the connection: that is closed, and the operation fails. */
export const abandonPin = (transaction: Transaction): void => {
  const { pin } = transaction;
  transaction.pin = undefined;
  pin?.connection?.abandon(
    new InvalidOperation('The transaction ended while this operation of it still ran'),
  );
};

/** The right to send commands of a transaction: one operation at a time has it. */
export interface Turn {
  readonly transaction: Transaction;
  readonly end: EndTurn;
}
