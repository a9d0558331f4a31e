import type { MemberState } from './member-state.js';

/** A process in the configuration of its set. */
export interface ConfigMember {
  readonly member: MemberState;
  /** `_id`. */
  readonly id: number;
  readonly arbiterOnly: boolean;
  /** 0: never primary. */
  readonly priority: number;
  readonly votes: 0 | 1;
  readonly hidden: boolean;
  readonly tags: Readonly<Record<string, string>>;
}

/** How an entry differs from that of an ordinary member. */
export type ConfigFields = Partial<Pick<ConfigMember, 'id' | 'priority' | 'votes' | 'hidden' | 'tags'>>;

export const configMember = (member: MemberState, fields: ConfigFields): ConfigMember => {
  const arbiterOnly = member.settings.role === 'arbiter';
  return {
    member,
    id: fields.id ?? member.settings.index,
    arbiterOnly,
    priority: arbiterOnly ? 0 : (fields.priority ?? 1),
    votes: fields.votes ?? 1,
    hidden: fields.hidden ?? false,
    tags: fields.tags ?? {},
  };
};

export interface SetSettings {
  readonly heartbeatIntervalMillis: number;
  /** How long a member waits for a sign of life of its primary, and a primary for one of a majority. */
  readonly electionTimeoutMillis: number;
  /** By name of a write concern mode: of how many values of each tag members must have the write. */
  readonly getLastErrorModes: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

/** What the members of a set have agreed on. The higher term, then the higher version wins. */
export interface SetConfig {
  readonly version: number;
  readonly term: number;
  readonly members: readonly ConfigMember[];
  readonly settings: SetSettings;
}

export const DEFAULT_SETTINGS: SetSettings = Object.freeze({
  heartbeatIntervalMillis: 2000,
  electionTimeoutMillis: 10_000,
  getLastErrorModes: {},
});

export const isNewer = (a: SetConfig, b: SetConfig): boolean =>
  a.term === b.term || a.term < 0 || b.term < 0 ? a.version > b.version : a.term > b.term;

export const votersOf = ({ members }: SetConfig): readonly ConfigMember[] =>
  members.filter(({ votes }) => votes > 0);

/** Votes that win an election. */
export const votesNeeded = (config: SetConfig): number => Math.floor(votersOf(config).length / 2) + 1;

export const dataMembersOf = ({ members }: SetConfig): readonly ConfigMember[] =>
  members.filter(({ arbiterOnly }) => !arbiterOnly);

/** Members with a vote and data that `w: "majority"` waits for (manual, "Write Concern", majority). */
export const writeMajority = (config: SetConfig): number =>
  Math.min(votesNeeded(config), votersOf(config).filter(({ arbiterOnly }) => !arbiterOnly).length);

export const inConfig = ({ members }: SetConfig, member: MemberState): ConfigMember | undefined =>
  members.find((entry) => entry.member === member);
