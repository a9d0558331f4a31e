import { runUnifiedSuite } from './unified/run-suite.js';

await runUnifiedSuite('command-logging-and-monitoring');
