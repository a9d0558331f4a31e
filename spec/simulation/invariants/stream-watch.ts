import type { Judge } from './breach.js';

/** What one reader of a change stream was given: the tokens of the events, in order. */
export class StreamRecord {
  readonly name: string;
  /** The place where it began; events from here on are its own. `undefined` before a stream was open. */
  start: string | undefined;
  /** The token that was stored last: a reader that begins anew goes on behind it. */
  stored: string | undefined;
  given: string[] = [];
  /** Nobody reads any more. */
  isOver = false;

  constructor(name: string) {
    this.name = name;
  }

  /** What was given behind the stored token is given again. */
  beginAnew(): void {
    const { stored } = this;
    this.given = stored === undefined ? [] : this.given.filter((token) => token <= stored);
  }
}

/** Texts of tokens sort as the events happened. `all` is what really happened, as a fresh stream tells it from the beginning. */
export const checkStream = (
  judge: Judge,
  { name, start, given }: StreamRecord,
  all: readonly string[],
  isComplete: boolean,
): void => {
  if (start === undefined) return;
  const due = all.filter((token) => token > start);
  const wrong = given.findIndex((token, index) => token !== due[index]);
  const what = (list: readonly string[], at: number): string => list[at] ?? 'nothing';
  if (wrong >= 0 || (isComplete && given.length < due.length)) {
    const at = wrong >= 0 ? wrong : given.length;
    judge.complain(
      'every change once and in order',
      `${name}: event ${String(at)} of ${String(due.length)} behind ${start} should be ${what(due, at)}, and was ${what(given, at)}`,
    );
  }
};
