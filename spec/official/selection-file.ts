import { readFileSync } from 'node:fs';
import { EJSON, ObjectId } from 'bson';
import type { Document } from '../../lib/bson/document.js';
import type { TagSet } from '../../lib/options/read-preference.js';
import { ServerDescription } from '../../lib/topology/description/server-description.js';
import type { SelectionPreference, ServerSelector } from '../../lib/topology/selection/server-selector.js';
import { TopologyDescription } from '../../lib/topology/description/topology-description.js';
import type { ServerType, TopologyType } from '../../lib/topology/description/topology-types.js';

export interface SelectionFile {
  readonly topology_description: { readonly type: TopologyType; readonly servers: readonly Document[] };
  readonly heartbeatFrequencyMS?: number;
  readonly operation?: 'read' | 'write';
  readonly read_preference: Document;
  readonly deprioritized_servers?: readonly Document[];
  readonly error?: boolean;
  readonly suitable_servers?: readonly Document[];
  readonly in_latency_window?: readonly Document[];
}

export const readFile = (path: string): Document => EJSON.parse(readFileSync(path, 'utf8')) as Document;

const serverOf = (fields: Document): ServerDescription =>
  new ServerDescription({
    address: fields['address'] as string,
    serverType: fields['type'] as ServerType,
    roundTripTime: (fields['avg_rtt_ms'] as number | undefined) ?? null,
    lastUpdateTime: (fields['lastUpdateTime'] as number | undefined) ?? 0,
    lastWriteDate:
      ((fields['lastWrite'] as Document | undefined)?.['lastWriteDate'] as number | undefined) ?? null,
    maxWireVersion: (fields['maxWireVersion'] as number | undefined) ?? 21,
    minWireVersion: 0,
    tags: (fields['tags'] as Record<string, string> | undefined) ?? {},
  });

export const topologyOf = ({
  topology_description,
  heartbeatFrequencyMS,
}: SelectionFile): TopologyDescription =>
  new TopologyDescription({
    id: new ObjectId(),
    topologyType: topology_description.type,
    servers: new Map(
      topology_description.servers.map((fields) => [fields['address'] as string, serverOf(fields)]),
    ),
    setName: null,
    maxElectionId: null,
    maxSetVersion: null,
    heartbeatFrequencyMS: heartbeatFrequencyMS ?? 10_000,
    rejected: new Map(),
  });

/** Plain: the files also hold values that a `ReadPreference` refuses, to see selection refuse them. */
export const selectorOf = ({ operation, read_preference }: SelectionFile): ServerSelector => {
  if (operation === 'write') return { kind: 'writable' };
  const mode = (read_preference['mode'] as string | undefined) ?? 'primary';
  const readPreference: SelectionPreference = {
    mode: `${mode.charAt(0).toLowerCase()}${mode.slice(1)}` as SelectionPreference['mode'],
    tagSets: (read_preference['tag_sets'] as TagSet[] | undefined) ?? null,
    maxStalenessSeconds: (read_preference['maxStalenessSeconds'] as number | undefined) ?? -1,
  };
  return { kind: 'read', readPreference };
};

export const addresses = (servers: readonly (Document | ServerDescription)[]): readonly string[] =>
  servers.map((server) => (server as ServerDescription).address).sort();
