import { CommandError } from '../command-error.js';
import { exactInteger, isNumber } from '../query/number.js';
import { asDouble } from '../query/number.js';
import { isArray, isDoc, type Doc, type Maybe } from '../query/value.js';
import type { MemberState } from './member-state.js';
import {
  DEFAULT_SETTINGS,
  votersOf,
  type ConfigMember,
  type SetConfig,
  type SetSettings,
} from './set-config.js';

const MOST_MEMBERS = 50;
const MOST_VOTERS = 7;

const invalid = (why: string): never => {
  throw new CommandError('InvalidReplicaSetConfig', why);
};

const integer = (value: Maybe, field: string, fallback: number): number => {
  if (value === undefined) return fallback;
  const number = exactInteger(value);
  return number === undefined ? invalid(`Field ${field} must be a whole number`) : Number(number);
};

const tagsOf = (value: Maybe): Record<string, string> => {
  if (value === undefined) return {};
  if (!isDoc(value)) return invalid('Field members.tags must be an object');
  return Object.fromEntries(
    [...value].map(([tag, text]) =>
      typeof text === 'string' ? [tag, text] : invalid(`The value of tag ${tag} must be a string`),
    ),
  );
};

const memberOf = (value: Maybe, processes: readonly MemberState[]): ConfigMember => {
  if (!isDoc(value)) return invalid('Elements of members must be objects');
  const host = value.get('host');
  const member = processes.find(({ address }) => address === host);
  if (member === undefined) return invalid(`${String(host)} is no process of this deployment`);
  const arbiterOnly = value.get('arbiterOnly') === true;
  const given = value.get('priority');
  const priority = arbiterOnly ? 0 : isNumber(given) ? asDouble(given) : 1;
  const votes = integer(value.get('votes'), 'members.votes', 1);
  const hidden = value.get('hidden') === true;
  if (arbiterOnly !== (member.settings.role === 'arbiter')) {
    invalid(
      `New and old configurations differ in the setting of the arbiterOnly field for member ${String(host)}`,
    );
  }
  if (priority < 0 || priority > 1000) invalid('priority field value must be between 0 and 1000');
  if (votes !== 0 && votes !== 1) return invalid('votes field value must be 0 or 1');
  if (votes === 0 && priority > 0) invalid('priority must be 0 when non-voting (votes:0)');
  if (hidden && priority > 0) invalid('priority must be 0 when hidden=true');
  const id = integer(value.get('_id'), 'members._id', -1);
  if (id < 0 || id > 255) invalid('_id field value of members must be between 0 and 255');
  return { member, id, arbiterOnly, priority, votes, hidden, tags: tagsOf(value.get('tags')) };
};

const modesOf = (value: Maybe): SetSettings['getLastErrorModes'] => {
  if (value === undefined) return {};
  if (!isDoc(value)) return invalid('Field settings.getLastErrorModes must be an object');
  return Object.fromEntries(
    [...value].map(([mode, tags]) => {
      if (!isDoc(tags)) return invalid(`Mode ${mode} of settings.getLastErrorModes must be an object`);
      return [
        mode,
        Object.fromEntries([...tags].map(([tag, count]) => [tag, integer(count, `${mode}.${tag}`, 0)])),
      ];
    }),
  );
};

const settingsOf = (value: Maybe): SetSettings => {
  if (value === undefined) return DEFAULT_SETTINGS;
  if (!isDoc(value)) return invalid('Field settings must be an object');
  const positive = (field: 'heartbeatIntervalMillis' | 'electionTimeoutMillis'): number => {
    const ms = integer(value.get(field), `settings.${field}`, DEFAULT_SETTINGS[field]);
    return ms > 0 ? ms : invalid(`settings.${field} field value must be greater than 0`);
  };
  return {
    heartbeatIntervalMillis: positive('heartbeatIntervalMillis'),
    electionTimeoutMillis: positive('electionTimeoutMillis'),
    getLastErrorModes: modesOf(value.get('getLastErrorModes')),
  };
};

const unique = (values: readonly unknown[], what: string): void => {
  if (new Set(values).size !== values.length) invalid(`Found two members with the same ${what}`);
};

/** Reads the `config` of replSetReconfig; `term` becomes its term. Throws InvalidReplicaSetConfig. */
export const parseConfig = (config: Doc, term: number, processes: readonly MemberState[]): SetConfig => {
  const list = config.get('members');
  if (!isArray(list)) return invalid('Field members must be an array');
  if (list.length < 1 || list.length > MOST_MEMBERS) {
    invalid(`Replica set configurations must have between 1 and ${String(MOST_MEMBERS)} members`);
  }
  const version = integer(config.get('version'), 'version', 0);
  if (version < 1) invalid('version field value must be between 1 and 2147483647');
  const members = list.map((value) => memberOf(value, processes));
  unique(
    members.map(({ id }) => id),
    '_id',
  );
  unique(
    members.map(({ member }) => member),
    'host',
  );
  const parsed = { version, term, members, settings: settingsOf(config.get('settings')) };
  const voters = votersOf(parsed).length;
  if (voters < 1 || voters > MOST_VOTERS) {
    invalid(`Replica set configurations must have between 1 and ${String(MOST_VOTERS)} voting members`);
  }
  if (!members.some(({ priority }) => priority > 0)) {
    invalid('Replica set configurations must have at least one non-arbiter member with priority > 0');
  }
  return parsed;
};

const incompatible = (why: string): never => {
  throw new CommandError('NewReplicaSetConfigurationIncompatible', why);
};

/** Refuses what one configuration may not become without force (manual, replSetReconfig, "Reconfiguration Can Add or Remove No More than One Voting Member at a Time"). */
export const checkSuccessor = (before: SetConfig, after: SetConfig, oneVoteAtATime: boolean): void => {
  if (after.version <= before.version) {
    incompatible(
      `New replica set configuration version must be greater than old, but ${String(after.version)} is not greater than ${String(before.version)}`,
    );
  }
  for (const { member, id } of after.members) {
    const known = before.members.find((entry) => entry.member === member);
    if (known !== undefined && known.id !== id) {
      incompatible(
        `New and old configurations both have members with host of ${member.address} but different _id`,
      );
    }
  }
  const [old, next] = [before, after].map((config) => votersOf(config).map(({ member }) => member)) as [
    MemberState[],
    MemberState[],
  ];
  const changes =
    next.filter((member) => !old.includes(member)).length +
    old.filter((member) => !next.includes(member)).length;
  if (oneVoteAtATime && changes > 1) {
    throw new CommandError(
      'InvalidReplicaSetConfig',
      'Non force replica set reconfig can only add or remove at most 1 voting member.',
    );
  }
};
