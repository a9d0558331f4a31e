import { runUnifiedSuite } from './unified/run-suite.js';

await runUnifiedSuite('connection-monitoring-and-pooling');
