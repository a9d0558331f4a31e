/** Commands that go on with what an earlier command began: concerns and read preference were settled then. */
export const CURSOR_COMMANDS: ReadonlySet<string> = new Set(['getMore', 'killCursors']);
