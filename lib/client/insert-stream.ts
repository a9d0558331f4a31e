import type { BulkProgress } from '../operations/bulk-progress.js';
import {
  insertStatement,
  planRuns,
  type BulkCommandOptions,
  type Statement,
} from '../operations/bulk-write.js';
import type { Namespace } from '../operations/namespace.js';
import { sendRuns, type SendWrite } from './send-runs.js';

const FIRST_WINDOW = 16;
const LARGEST_WINDOW = 10_000;

/**
 * Inserts documents as their source yields them. No more are taken than about one command carries: the window grows
 * while everything fits and shrinks to what did, so memory stays bounded whatever the source and the documents are.
 */
export const insertStream = async (
  send: SendWrite,
  namespace: Namespace,
  documents: AsyncIterable<object>,
  options: BulkCommandOptions,
  addIds: boolean,
  progress: BulkProgress,
): Promise<void> => {
  let window = FIRST_WINDOW;
  let offset = 0;
  let waiting: Statement[] = [];
  const flush = async (): Promise<boolean> => {
    const statements = waiting;
    waiting = [];
    let largest = 0;
    const observed: SendWrite = async (operation) => {
      const outcome = await send(operation);
      largest = Math.max(largest, outcome.sent);
      return outcome;
    };
    const goOn = await sendRuns(observed, namespace, planRuns(statements, true, offset), options, progress);
    offset += statements.length;
    window = largest >= statements.length ? Math.min(window * 2, LARGEST_WINDOW) : Math.max(1, largest);
    return goOn;
  };
  for await (const document of documents) {
    waiting.push(insertStatement(document, addIds));
    if (waiting.length >= window && !(await flush())) return;
  }
  if (waiting.length > 0) await flush();
};
