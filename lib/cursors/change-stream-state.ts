import { InvalidOperation } from '../core/errors/usage.js';

/**
 *            watch() worked          a fault that can be got over
 *   opening ───────────────▶ live ◀──────────────────────────────▶ resuming
 *      │                       │       a new cursor at the token        │
 *      └───────────────────────┴──── close(): closed; else: failed ─────┘
 */
export type ChangeStreamState = 'opening' | 'live' | 'resuming' | 'closed' | 'failed';

const TRANSITIONS: Readonly<Record<ChangeStreamState, readonly ChangeStreamState[]>> = {
  opening: ['live', 'closed', 'failed'],
  live: ['resuming', 'closed', 'failed'],
  resuming: ['live', 'closed', 'failed'],
  closed: [],
  failed: [],
};

/** The one place where a change stream's state changes. */
export const transition = (from: ChangeStreamState, to: ChangeStreamState): ChangeStreamState => {
  if (!TRANSITIONS[from].includes(to)) {
    throw new InvalidOperation(`A change stream that is ${from} cannot become ${to}`);
  }
  return to;
};
