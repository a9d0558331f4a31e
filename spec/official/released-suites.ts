/** The suites of unified test files, in the order of the table. `released`: part of `npm test`. */
export interface Suite {
  readonly name: string;
  readonly released: boolean;
}

const suite = (name: string, released = false): Suite => ({ name, released });

export const UNIFIED_SUITES: readonly Suite[] = [
  suite('unified-test-format', true),
  suite('crud', true),
  suite('collection-management', true),
  suite('index-management', true),
  suite('run-command', true),
  suite('read-write-concern', true),
  suite('retryable-reads', true),
  suite('retryable-writes', true),
  suite('sessions', true),
  suite('transactions', true),
  suite('transactions-convenient-api', true),
  suite('change-streams'),
  suite('gridfs'),
  suite('command-logging-and-monitoring', true),
  suite('load-balancers', true),
  suite('versioned-api'),
  suite('causal-consistency', true),
  suite('client-side-operations-timeout', true),
  suite('connection-monitoring-and-pooling', true),
  suite('server-discovery-and-monitoring'),
  suite('server-selection', true),
  suite('client-backpressure', true),
  suite('mongodb-handshake', true),
  suite('auth'),
];
