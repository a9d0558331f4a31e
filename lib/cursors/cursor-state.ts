import { InvalidOperation } from '../core/errors/usage.js';

/**
 *            open()            last batch        close(), or all read
 *   fresh ──────────▶ open ──────────────▶ drained ──────────▶ closed
 *     │                │ ▲ getMore             │
 *     │                └─┘                     │
 *     └── close() ───── close() ────────────────────────────▶ closed
 *     └── a command failed, or an abort ────────────────────▶ dead
 *
 * fresh: nothing was sent. open: the server holds a cursor. drained: it does not, documents may still be buffered.
 * dead: a failure or an abort ended it; asking for more repeats the failure.
 */
export type CursorState = 'fresh' | 'open' | 'drained' | 'closed' | 'dead';

const TRANSITIONS: Readonly<Record<CursorState, readonly CursorState[]>> = {
  fresh: ['open', 'drained', 'closed', 'dead'],
  open: ['open', 'drained', 'closed', 'dead'],
  drained: ['closed', 'dead'],
  closed: [],
  dead: [],
};

/** The one place where a cursor's state changes. */
export const transition = (from: CursorState, to: CursorState): CursorState => {
  if (!TRANSITIONS[from].includes(to)) throw new InvalidOperation(`A ${from} cursor cannot become ${to}`);
  return to;
};
