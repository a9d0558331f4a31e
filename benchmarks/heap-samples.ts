import { Session, type HeapProfiler } from 'node:inspector/promises';
import { setFlagsFromString } from 'node:v8';

/** An object, by its size in bytes. */
export interface HeapSample {
  readonly size: number;
}

/** As the profiler tells it. */
interface NumberedSample extends HeapSample {
  /** Rises with time. */
  readonly ordinal: number;
}

/** Each object is a sample. */
const SAMPLING_INTERVAL = 1;

/** Elements of the array that stands between two parts: nothing else is as large, to the byte. */
const MARK_LENGTH = 30_011;
/** With the header of its elements. */
const MARK_BYTES = MARK_LENGTH * 8 + 16;

// Compiled code makes room for several objects in one go, which would count as one.
setFlagsFromString('--no-turbo-allocation-folding');

/** The latest mark: what nobody has a use for need not be made. */
export let mark: readonly unknown[] = [];

const setMark = (): void => {
  mark = new Array<unknown>(MARK_LENGTH);
};

/** The samples between the marks. */
const split = (samples: readonly NumberedSample[]): readonly (readonly HeapSample[])[] => {
  const parts: HeapSample[][] = [];
  for (const sample of [...samples].sort((a, b) => a.ordinal - b.ordinal)) {
    if (sample.size === MARK_BYTES) parts.push([]);
    else parts.at(-1)?.push(sample);
  }
  return parts.slice(0, -1);
};

/**
 * What each of `parts` allocates, as the profiler of V8 sees it, objects that were collected in the meantime included.
 * V8 drops compiled code when the profiler starts: `warmUp` runs before the first part, so that they find it compiled.
 */
export const heapSamples = async (
  warmUp: () => Promise<unknown>,
  parts: readonly (() => Promise<unknown>)[],
): Promise<readonly (readonly HeapSample[])[]> => {
  const session = new Session();
  session.connect();
  await session.post('HeapProfiler.startSampling', {
    samplingInterval: SAMPLING_INTERVAL,
    includeObjectsCollectedByMajorGC: true,
    includeObjectsCollectedByMinorGC: true,
  } as HeapProfiler.StartSamplingParameterType);
  await warmUp();
  for (const part of parts) {
    setMark();
    await part();
  }
  setMark();
  const { profile } = await session.post('HeapProfiler.stopSampling');
  session.disconnect();
  // The types of Node 20 do not know them.
  return split((profile as unknown as { readonly samples: readonly NumberedSample[] }).samples);
};
