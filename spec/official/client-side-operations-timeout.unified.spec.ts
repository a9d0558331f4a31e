import { runUnifiedSuite } from './unified/run-suite.js';

// Limits of a few milliseconds: "some of them may intermittently fail without any bugs being present" (README, "Spec Tests").
await runUnifiedSuite('client-side-operations-timeout', { attempts: 3 });
