import type { SeededRandom } from '../../support/seeded-random.js';
import type { TamperingProxyOptions } from '../../support/tampering-proxy.js';

const WRITES: ReadonlySet<string> = new Set(['insert', 'update', 'delete', 'findAndModify']);

const REQUEST_ID = 4;
const RESPONSE_TO = 8;
/** The first key of the body, which has the first place in each message the driver sends: the name of the command. */
const NAME = 26;

const nameOf = (message: Buffer): string => message.toString('latin1', NAME, message.indexOf(0, NAME));

/**
 * Loses replies to writes on their way to the client, and their connections with them. The server has done what it
 * was asked by then. All writes that are under way at a moment of loss share its fate.
 */
export class LostReplies {
  readonly #chance: SeededRandom;
  readonly #between: number;
  /** By request id: whether the reply is lost. */
  readonly #pending = new Map<number, boolean>();
  #active = false;
  /** Replies lost. */
  count = 0;
  /** How often replies were lost together. */
  moments = 0;

  constructor(chance: SeededRandom, between: number) {
    this.#chance = chance;
    this.#between = between;
  }

  begin(): void {
    this.#active = true;
  }

  end(): void {
    this.#active = false;
  }

  get tampering(): Pick<TamperingProxyOptions, 'toClient' | 'toServer'> {
    return {
      toServer: (message) => {
        if (WRITES.has(nameOf(message))) this.#pending.set(message.readInt32LE(REQUEST_ID), false);
        return message;
      },
      toClient: (message) => {
        const id = message.readInt32LE(RESPONSE_TO);
        const doomed = this.#pending.get(id);
        if (doomed === undefined) return message;
        this.#pending.delete(id);
        if (!this.#active || !(doomed || this.#chance.integer(this.#between) === 0)) return message;
        if (!doomed) this.#loseAll();
        this.count++;
        return 'close';
      },
    };
  }

  #loseAll(): void {
    this.moments++;
    for (const id of this.#pending.keys()) this.#pending.set(id, true);
  }
}
