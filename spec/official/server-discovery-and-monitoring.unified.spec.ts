import { runUnifiedSuite } from './unified/run-suite.js';

await runUnifiedSuite('server-discovery-and-monitoring');
