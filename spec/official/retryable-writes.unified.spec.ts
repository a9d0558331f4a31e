import { runUnifiedSuite } from './unified/run-suite.js';

await runUnifiedSuite('retryable-writes');
