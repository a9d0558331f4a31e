import { Session, type HeapProfiler } from 'node:inspector/promises';

/** An object, by its size in bytes. */
export interface HeapSample {
  readonly size: number;
}

/**
 * What `work` allocates, as the profiler of V8 sees it, objects that were collected in the meantime included. `interval` is
 * in bytes; 1 sees each.
 */
export const heapSamples = async (
  interval: number,
  work: () => Promise<unknown>,
): Promise<readonly HeapSample[]> => {
  const session = new Session();
  session.connect();
  await session.post('HeapProfiler.startSampling', {
    samplingInterval: interval,
    includeObjectsCollectedByMajorGC: true,
    includeObjectsCollectedByMinorGC: true,
  } as HeapProfiler.StartSamplingParameterType);
  await work();
  const { profile } = await session.post('HeapProfiler.stopSampling');
  session.disconnect();
  // The types of Node 20 do not know them.
  return (profile as unknown as { readonly samples: readonly HeapSample[] }).samples;
};
