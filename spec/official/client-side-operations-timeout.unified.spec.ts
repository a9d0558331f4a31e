import { runUnifiedSuite } from './unified/run-suite.js';

await runUnifiedSuite('client-side-operations-timeout');
