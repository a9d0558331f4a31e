import { runUnifiedSuite } from './unified/run-suite.js';

await runUnifiedSuite('transactions-convenient-api');
