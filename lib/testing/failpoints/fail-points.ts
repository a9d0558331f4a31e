import { CommandError } from '../command-error.js';
import { exactInteger, isNumber } from '../query/number.js';
import type { Doc, Maybe } from '../query/value.js';

type Mode =
  | { readonly kind: 'off' }
  | { readonly kind: 'alwaysOn' }
  /** Acts this many more times. */
  | { kind: 'times'; left: number }
  /** Lets this many pass, then acts always. */
  | { kind: 'skip'; left: number }
  | { readonly kind: 'activationProbability'; readonly probability: number };

interface FailPoint {
  readonly mode: Mode;
  readonly data: Doc;
}

/** Fail points that something in the deployment asks for. */
const NAMES: ReadonlySet<string> = new Set([
  'failCommand',
  'failGetMoreAfterCursorCheckout',
  'onPrimaryTransactionalWrite',
  'maxTimeAlwaysTimeOut',
  'maxTimeNeverTimeOut',
  'hangBeforeWritingDecision',
]);

const bad = (why: string): never => {
  throw new CommandError('BadValue', why);
};

const countOf = (name: string, value: Maybe): number => {
  const count = exactInteger(value);
  if (count === undefined || count < 0n || count > 0x7fffffffn)
    return bad(`'${name}' option to 'mode' must be a non-negative int32`);
  return Number(count);
};

const parseMode = (mode: Maybe): Mode => {
  if (mode === 'off' || mode === 'alwaysOn') return { kind: mode };
  if (!(mode instanceof Map)) return bad(`'mode' must be a string or JSON object`);
  const [entry] = mode;
  if (entry?.[0] === 'times') return { kind: 'times', left: countOf('times', entry[1]) };
  if (entry?.[0] === 'skip') return { kind: 'skip', left: countOf('skip', entry[1]) };
  if (entry?.[0] === 'activationProbability') {
    const probability = isNumber(entry[1]) ? Number(String(entry[1])) : NaN;
    if (!(probability >= 0 && probability <= 1))
      return bad('activationProbability must be between 0.0 and 1.0');
    return { kind: 'activationProbability', probability };
  }
  return bad(`'mode' must be one of 'off', 'alwaysOn', 'times', 'skip' or 'activationProbability'`);
};

/** The fail points of one process. */
export class FailPoints {
  readonly #active = new Map<string, FailPoint>();
  readonly #entered = new Map<string, number>();
  readonly #onChange = new Set<() => void>();

  /** `configureFailPoint`: returns how often the point had acted before. */
  configure(name: string, mode: Maybe, data: Maybe): number {
    if (!NAMES.has(name)) throw new CommandError('FailPointSetFailed', `${name} not found`);
    const parsed = parseMode(mode);
    if (data !== undefined && !(data instanceof Map)) bad(`the 'data' option must be a JSON object`);
    if (parsed.kind === 'off') this.#active.delete(name);
    else this.#active.set(name, { mode: parsed, data: data instanceof Map ? data : new Map() });
    for (const wake of [...this.#onChange]) wake();
    return this.#entered.get(name) ?? 0;
  }

  /** Whether a fail point that holds something up is on. */
  isOn(name: string): boolean {
    return this.#active.has(name);
  }

  /** Calls `wake` when a fail point is configured, until the returned function is called. */
  onChange(wake: () => void): () => void {
    this.#onChange.add(wake);
    return () => {
      this.#onChange.delete(wake);
    };
  }

  /** Whether any fail point is on: one look for the common case. */
  get any(): boolean {
    return this.#active.size > 0;
  }

  /**
   * The data of the fail point if it is on, `matches` says yes, and its mode lets it act this time: counts then.
   * `random` is a number in [0, 1).
   */
  evaluate(
    name: string,
    random: () => number,
    matches: (data: Doc) => boolean = () => true,
  ): Doc | undefined {
    const point = this.#active.get(name);
    if (point === undefined || !matches(point.data) || !this.#acts(name, point.mode, random))
      return undefined;
    this.#entered.set(name, (this.#entered.get(name) ?? 0) + 1);
    return point.data;
  }

  #acts(name: string, mode: Mode, random: () => number): boolean {
    switch (mode.kind) {
      case 'times':
        mode.left -= 1;
        if (mode.left <= 0) this.#active.delete(name);
        return mode.left >= 0;
      case 'skip':
        if (mode.left === 0) return true;
        mode.left -= 1;
        return false;
      case 'activationProbability':
        return random() < mode.probability;
      default:
        return mode.kind === 'alwaysOn';
    }
  }
}
