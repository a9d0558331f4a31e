import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import type { Document } from '../../lib/bson/document.js';
import { EventHub } from '../../lib/core/event-hub.js';
import type { PoolEvents } from '../../lib/pool/pool-events.js';
import type { ServerDescription } from '../../lib/topology/description/server-description.js';
import { Topology } from '../../lib/topology/topology.js';
import type { TopologyDescription } from '../../lib/topology/description/topology-description.js';
import type { SelectionEvents } from '../../lib/topology/selection/selection-events.js';
import type { TopologyEvents } from '../../lib/topology/topology-events.js';
import { FakeConnector } from '../support/fake-connector.js';
import { FakeMonitors } from '../support/fake-monitors.js';
import { VirtualRuntime } from '../support/virtual-runtime.js';
import {
  applicationError,
  checkOutcome,
  readSdamFile,
  settingsOf,
  type ApplicationError,
  type Phase,
  type SdamFile,
} from './sdam-file.js';
import { hasSpecData, jsonFilesUnder, specDataDirectory } from './spec-data.js';

const FOLDER = join(specDataDirectory(), 'server-discovery-and-monitoring/tests');
/** The unified files have a runner of their own. */
const KINDS = ['errors', 'load-balanced', 'monitoring', 'rs', 'sharded', 'single'];

const EVENTS: Readonly<Record<string, keyof TopologyEvents>> = {
  topology_opening_event: 'topologyOpening',
  topology_description_changed_event: 'topologyDescriptionChanged',
  topology_closed_event: 'topologyClosed',
  server_opening_event: 'serverOpening',
  server_description_changed_event: 'serverDescriptionChanged',
  server_closed_event: 'serverClosed',
};

class SdamRun {
  readonly topology: Topology;
  readonly #runtime = new VirtualRuntime();
  readonly #monitors = new FakeMonitors(this.#runtime);
  readonly #events = new EventHub<TopologyEvents & PoolEvents & SelectionEvents>();
  #seen: Document[] = [];

  constructor(file: SdamFile) {
    for (const [name, event] of Object.entries(EVENTS)) {
      this.#events.on(event, (payload) => this.#seen.push({ [name]: payload }));
    }
    const connector = new FakeConnector(this.#runtime, 'unused');
    this.topology = new Topology({
      ...settingsOf(file.uri),
      runtime: this.#runtime,
      events: this.#events,
      connect: (_address, request) => connector.connect(request),
      openMonitorConnection: this.#monitors.connect,
    });
    this.topology.start();
  }

  async play(phase: Phase): Promise<void> {
    for (const [address, response] of phase.responses ?? []) await this.#respond(address, response);
    for (const error of phase.applicationErrors ?? []) this.#fail(error);
    if ('events' in phase.outcome) this.#checkEvents(phase.outcome['events'] as Document[]);
    else this.#checkDescription(phase.outcome);
  }

  /** The server's next check has this outcome; one that is no longer part of the deployment is not asked. */
  async #respond(address: string, response: Document): Promise<void> {
    for (let turn = 0; !this.#monitors.isPending(address); turn++) {
      if (this.topology.server(address) === undefined) return;
      if (turn > 3) throw new Error(`${address} is not checked although a check was requested`);
      this.topology.requestCheck(address);
      await this.#runtime.advance(500);
    }
    await this.#monitors.answer(address, checkOutcome(address, response));
  }

  #fail(failure: ApplicationError): void {
    const { address, generation, maxWireVersion, when } = failure;
    this.topology.report({
      address,
      maxWireVersion,
      generation: generation ?? this.topology.server(address)!.pool.generation,
      phase: when === 'beforeHandshakeCompletes' ? 'before-hello' : 'in-use',
      error: applicationError(failure),
    });
  }

  #checkDescription(outcome: Document): void {
    const { description } = this.topology;
    expect(description.topologyType).toBe(outcome['topologyType']);
    expect(description.setName).toBe(outcome['setName'] ?? null);
    expect([...description.servers.keys()].sort()).toEqual(
      Object.keys(outcome['servers'] as Document).sort(),
    );
    for (const name of ['logicalSessionTimeoutMinutes', 'maxSetVersion', 'compatible'] as const) {
      if (name in outcome) expect(description[name]).toBe(outcome[name]);
    }
    if ('maxElectionId' in outcome)
      expect(plain(description.maxElectionId)).toEqual(plain(outcome['maxElectionId']));
    for (const [address, expected] of Object.entries(outcome['servers'] as Record<string, Document>)) {
      this.#checkServer(description.servers.get(address)!, expected);
    }
  }

  #checkServer(server: ServerDescription, { type, pool, error, ...expected }: Document): void {
    expect(server.serverType).toBe(type);
    if (error !== undefined) expect((server.error as Error).message).toContain(error);
    if (pool !== undefined) {
      expect(this.topology.server(server.address)!.pool.generation).toBe((pool as Document)['generation']);
    }
    for (const [name, value] of Object.entries(expected)) {
      expect({ [name]: plain((server as unknown as Document)[name]) }).toEqual({ [name]: plain(value) });
    }
  }

  #checkEvents(expected: readonly Document[]): void {
    const seen = this.#seen;
    this.#seen = [];
    expect(seen.map((event) => Object.keys(event)[0])).toEqual(
      expected.map((event) => Object.keys(event)[0]),
    );
    for (const [index, event] of expected.entries()) {
      const [name, fields] = Object.entries(event)[0] as [string, Document];
      this.#checkEvent((seen[index] as Record<string, Document>)[name]!, fields);
    }
  }

  #checkEvent(seen: Document, expected: Document): void {
    expect(seen['topologyId']).toBe(this.topology.description.id);
    if ('address' in expected) expect(seen['address']).toBe(expected['address']);
    for (const name of ['previousDescription', 'newDescription']) {
      const fields = expected[name] as Document | undefined;
      if (fields === undefined) continue;
      if ('topologyType' in fields) matchTopology(seen[name] as TopologyDescription, fields);
      else matchServer(seen[name] as ServerDescription, fields);
    }
  }

  async close(): Promise<void> {
    await this.topology.close();
    expect(this.#runtime.pendingTimers.all).toBe(0);
    expect(this.#monitors.open).toBe(0);
  }
}

/** Ids and counters as comparable values. */
const plain = (value: unknown): unknown => {
  if (value === undefined || value === null) return null;
  if (typeof value === 'bigint') return Number(value);
  if (typeof value !== 'object') return value;
  if ('toHexString' in value) return (value as { toHexString(): string }).toHexString();
  if ('processId' in value) {
    const { processId, counter } = value as Document;
    return { processId: plain(processId), counter: Number(counter) };
  }
  return value;
};

const matchServer = (server: ServerDescription, { type, ...fields }: Document): void => {
  expect(server.serverType).toBe(type);
  for (const [name, value] of Object.entries(fields)) {
    expect({ [name]: (server as unknown as Document)[name] as unknown }).toEqual({
      [name]: value as unknown,
    });
  }
};

const matchTopology = (topology: TopologyDescription, fields: Document): void => {
  expect(topology.topologyType).toBe(fields['topologyType']);
  if ('setName' in fields) expect(topology.setName).toBe(fields['setName']);
  const servers = fields['servers'] as Document[];
  expect([...topology.servers.keys()]).toEqual(servers.map(({ address }) => address as string));
  for (const server of servers) matchServer(topology.servers.get(server['address'] as string)!, server);
};

(hasSpecData() ? describe : describe.skip)('server discovery and monitoring, official files', () => {
  for (const kind of KINDS) {
    const files = jsonFilesUnder(join(FOLDER, kind));
    it(`finds the files of ${kind}`, () => {
      expect(files.length).toBeGreaterThan(0);
    });
    for (const name of files) {
      const file = readSdamFile(join(FOLDER, kind, name));
      it(`${kind}/${name}: ${file.description}`, async () => {
        const run = new SdamRun(file);
        for (const phase of file.phases) await run.play(phase);
        await run.close();
      });
    }
  }
});
