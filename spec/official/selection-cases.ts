import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { selectSuitable, withinLatencyWindow } from '../../lib/topology/selection/select-servers.js';
import { addresses, readFile, selectorOf, topologyOf, type SelectionFile } from './selection-file.js';
import { jsonFilesUnder } from './spec-data.js';

/** `localThresholdMS` of all these files. */
const LOCAL_THRESHOLD_MS = 15;

/** One case for each file below a folder: which servers are suitable, and which of them are near enough. */
export const selectionCases = (folder: string): void => {
  const files = jsonFilesUnder(folder);
  it('finds the files', () => {
    expect(files.length).toBeGreaterThan(0);
  });
  for (const name of files) {
    const file = readFile(join(folder, name)) as unknown as SelectionFile;
    it(name, () => {
      const topology = topologyOf(file);
      const deprioritized = new Set(addresses(file.deprioritized_servers ?? []));
      const select = (): ReturnType<typeof selectSuitable> =>
        selectSuitable(topology, selectorOf(file), deprioritized);
      if (file.error === true) {
        expect(select).toThrow('maxStalenessSeconds');
        return;
      }
      const suitable = select();
      expect(addresses(suitable)).toEqual(addresses(file.suitable_servers ?? []));
      const near = withinLatencyWindow(suitable, LOCAL_THRESHOLD_MS);
      expect(addresses(near)).toEqual(addresses(file.in_latency_window ?? []));
    });
  }
};
