const WEIGHT_OF_NEWEST = 0.2;
const SAMPLES_FOR_MINIMUM = 10;

/** Server selection specification, "Calculation of Average Round Trip Times". Milliseconds. */
export const nextAverage = (average: number | null, sample: number): number =>
  average === null ? sample : WEIGHT_OF_NEWEST * sample + (1 - WEIGHT_OF_NEWEST) * average;

/** How long a server takes to answer hello. */
export class RoundTripTimes {
  #average: number | null = null;
  #latest: number[] = [];

  add(ms: number): void {
    this.#average = nextAverage(this.#average, ms);
    this.#latest = [...this.#latest, ms].slice(-SAMPLES_FOR_MINIMUM);
  }

  /** A server that was away starts anew. */
  reset(): void {
    this.#average = null;
    this.#latest = [];
  }

  get average(): number | null {
    return this.#average;
  }

  /** The least of the ten latest; 0 until there are two (server monitoring specification, "Measuring RTT"). */
  get minimum(): number {
    return this.#latest.length < 2 ? 0 : Math.min(...this.#latest);
  }
}
