import { AUTHENTICATION_OPTIONS, TLS_OPTIONS } from './option-table-security.js';
import { APPLICATION_OPTIONS, DOCUMENT_OPTIONS } from './option-table-application.js';
import { LOGGING_OPTIONS } from './option-table-logging.js';
import {
  COMPRESSION_OPTIONS,
  HOST_OPTIONS,
  POOL_OPTIONS,
  PROXY_OPTIONS,
  TIMEOUT_OPTIONS,
} from './option-table-network.js';
import { OPERATION_OPTIONS } from './option-table-operations.js';
import type { OptionAlias, OptionSection, OptionSpec } from './option-spec.js';

/**
 * All options of a client. The reader of connection strings, the check of the options object, `client.options`, the
 * type of the options object and the option reference follow this table.
 */
export const OPTION_TABLE: readonly OptionSection[] = [
  { title: 'Hosts and discovery', options: HOST_OPTIONS },
  { title: 'Connection pool', options: POOL_OPTIONS },
  { title: 'Timeouts', options: TIMEOUT_OPTIONS },
  { title: 'Reads and writes', options: OPERATION_OPTIONS },
  { title: 'Authentication', options: AUTHENTICATION_OPTIONS },
  { title: 'TLS', options: TLS_OPTIONS },
  { title: 'Compression', options: COMPRESSION_OPTIONS },
  { title: 'Proxy', options: PROXY_OPTIONS },
  { title: 'Documents', options: DOCUMENT_OPTIONS },
  { title: 'Application', options: APPLICATION_OPTIONS },
  { title: 'Logging', options: LOGGING_OPTIONS },
];

export const ALL_OPTIONS: readonly OptionSpec[] = OPTION_TABLE.flatMap((section) => section.options);

/** An option found by one of its names. */
export interface NamedOption {
  readonly spec: OptionSpec;
  /** Set where the name was another one than the option's own. */
  readonly alias: OptionAlias | undefined;
}

const namesOf = (spec: OptionSpec): [string, NamedOption][] => [
  [spec.name, { spec, alias: undefined }],
  ...(spec.aliases ?? []).map((alias): [string, NamedOption] => [alias.name, { spec, alias }]),
];

const BY_NAME: ReadonlyMap<string, NamedOption> = new Map(ALL_OPTIONS.flatMap(namesOf));

/** Letter case does not count in connection strings; the option's own name comes before an alias that differs by case. */
const BY_URI_NAME: ReadonlyMap<string, NamedOption> = new Map(
  ALL_OPTIONS.filter((spec) => spec.uri !== false)
    .flatMap(namesOf)
    .reverse()
    .map(([name, option]) => [name.toLowerCase(), option]),
);

export const optionByName = (name: string): NamedOption | undefined => BY_NAME.get(name);

export const optionByUriName = (name: string): NamedOption | undefined => BY_URI_NAME.get(name.toLowerCase());

export const OPTION_NAMES: readonly string[] = ALL_OPTIONS.map((spec) => spec.name);

export const URI_OPTION_NAMES: readonly string[] = ALL_OPTIONS.filter((spec) => spec.uri !== false).map(
  (spec) => spec.name,
);
