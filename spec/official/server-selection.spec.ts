import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { nextAverage } from '../../lib/topology/monitoring/rtt.js';
import {
  chooseByLoad,
  selectSuitable,
  withinLatencyWindow,
} from '../../lib/topology/selection/select-servers.js';
import { VirtualRuntime } from '../support/virtual-runtime.js';
import { selectionCases } from './selection-cases.js';
import { readFile, topologyOf, type SelectionFile } from './selection-file.js';
import { hasSpecData, jsonFilesUnder, specDataDirectory } from './spec-data.js';

const FOLDER = join(specDataDirectory(), 'server-selection/tests');

interface RttFile {
  readonly avg_rtt_ms: number | 'NULL';
  readonly new_rtt_ms: number;
  readonly new_avg_rtt: number;
}

interface WindowFile extends SelectionFile {
  readonly description: string;
  readonly mocked_topology_state: readonly { readonly address: string; readonly operation_count: number }[];
  readonly iterations: number;
  readonly outcome: {
    readonly tolerance: number;
    readonly expected_frequencies: Readonly<Record<string, number>>;
  };
}

(hasSpecData() ? describe : describe.skip)('server selection, official files', () => {
  describe('server_selection', () => selectionCases(join(FOLDER, 'server_selection')));

  describe('rtt', () => {
    const files = jsonFilesUnder(join(FOLDER, 'rtt'));
    it('finds the files', () => {
      expect(files.length).toBeGreaterThan(0);
    });
    for (const name of files) {
      const file = readFile(join(FOLDER, 'rtt', name)) as unknown as RttFile;
      it(name, () => {
        const average = nextAverage(file.avg_rtt_ms === 'NULL' ? null : file.avg_rtt_ms, file.new_rtt_ms);
        expect(average).toBeCloseTo(file.new_avg_rtt, 9);
      });
    }
  });

  describe('in_window', () => {
    const files = jsonFilesUnder(join(FOLDER, 'in_window'));
    it('finds the files', () => {
      expect(files.length).toBeGreaterThan(0);
    });
    for (const name of files) {
      const file = readFile(join(FOLDER, 'in_window', name)) as unknown as WindowFile;
      it(`${name}: ${file.description}`, () => {
        const runtime = new VirtualRuntime({ seed: 7 });
        const running = new Map(
          file.mocked_topology_state.map((state) => [state.address, state.operation_count]),
        );
        const readPreference = { mode: 'nearest', tagSets: null, maxStalenessSeconds: -1 } as const;
        const suitable = selectSuitable(topologyOf(file), { kind: 'read', readPreference });
        const candidates = withinLatencyWindow(suitable, 15).map(({ address }) => ({
          address,
          operationCount: running.get(address)!,
        }));
        const chosen = new Map<string, number>();
        for (let turn = 0; turn < file.iterations; turn++) {
          const { address } = chooseByLoad(
            candidates,
            (candidate) => candidate,
            () => runtime.random(),
          )!;
          chosen.set(address, (chosen.get(address) ?? 0) + 1);
        }
        const { tolerance, expected_frequencies } = file.outcome;
        for (const [address, frequency] of Object.entries(expected_frequencies)) {
          const share = (chosen.get(address) ?? 0) / file.iterations;
          // Frequencies of 0 and 1 hold exactly.
          const allowed = frequency === 0 || frequency === 1 ? 0 : tolerance;
          expect(Math.abs(share - frequency)).toBeLessThanOrEqual(allowed);
        }
      });
    }
  });
});
