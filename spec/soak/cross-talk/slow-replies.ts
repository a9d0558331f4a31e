import { setTimeout as pause } from 'node:timers/promises';
import type { SeededRandom } from '../../support/seeded-random.js';
import type { TamperingProxyOptions } from '../../support/tampering-proxy.js';

const SLOWED: ReadonlySet<string> = new Set(['find', 'getMore', 'aggregate', 'findAndModify']);

/** Most replies take up to so long; */
const USUAL_MS = 40;
/** of these so many per cent take up to so much longer: some of them more than a late reply may. */
const SLOW_PERCENT = 4;
const SLOW_MS = 1_400;

const REQUEST_ID = 4;
const RESPONSE_TO = 8;
/** The first key of the body, which has the first place in each message the driver sends: the name of the command. */
const NAME = 26;

const nameOf = (message: Buffer): string => message.toString('latin1', NAME, message.indexOf(0, NAME));

/** Keeps the replies to the callers' commands back for random whiles. */
export class SlowReplies {
  readonly #chance: SeededRandom;
  readonly #pending = new Set<number>();
  readonly #dueAt = new Map<number, number>();

  constructor(chance: SeededRandom) {
    this.#chance = chance;
  }

  /** When the reply to a request is passed on to the client; `Infinity` where the server has not answered yet. */
  dueAt(requestId: number): number {
    return this.#dueAt.get(requestId) ?? Infinity;
  }

  get tampering(): Pick<TamperingProxyOptions, 'toClient' | 'toServer'> {
    return {
      toServer: (message) => {
        if (SLOWED.has(nameOf(message))) this.#pending.add(message.readInt32LE(REQUEST_ID));
        return message;
      },
      toClient: async (message) => {
        const requestId = message.readInt32LE(RESPONSE_TO);
        if (!this.#pending.delete(requestId)) return message;
        const ms = this.#delayMS();
        this.#dueAt.set(requestId, performance.now() + ms);
        await pause(ms);
        return message;
      },
    };
  }

  #delayMS(): number {
    return this.#chance.integer(100) < SLOW_PERCENT
      ? this.#chance.integer(SLOW_MS)
      : this.#chance.integer(USUAL_MS);
  }
}
