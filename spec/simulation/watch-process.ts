import type { Judge } from './invariants/breach.js';

/** What is rejected without a handler, or warned of by the process, counts as broken. Returns how to end the watch. */
export const watchProcess = (judge: Judge): (() => void) => {
  const onRejection = (reason: unknown): void =>
    judge.complain('nothing unhandled', reason instanceof Error ? reason.stack! : String(reason));
  const onWarning = (warning: Error): void =>
    judge.complain('nothing unhandled', `warning: ${warning.message}`);
  process.on('unhandledRejection', onRejection);
  process.on('warning', onWarning);
  return () => {
    process.off('unhandledRejection', onRejection);
    process.off('warning', onWarning);
  };
};
