import { runUnifiedSuite } from './unified/run-suite.js';

await runUnifiedSuite('versioned-api');
