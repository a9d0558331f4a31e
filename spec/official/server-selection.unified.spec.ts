import { runUnifiedSuite } from './unified/run-suite.js';

await runUnifiedSuite('server-selection');
