import { MAX_INT32 } from './message-header.js';

let last = 0;

/** A positive 32-bit number that no other recent request of this process has. */
export const nextRequestId = (): number => {
  last = last === MAX_INT32 ? 1 : last + 1;
  return last;
};
