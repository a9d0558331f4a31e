import type { OptionAlias, OptionSpec } from '../../lib/options/option-spec.js';
import { OPTION_TABLE } from '../../lib/options/option-table.js';

const INTRODUCTION = `# Options of a client

Written by \`npm run docs\` from the option table in \`lib/options/\`; do not edit.

Every option can be given in the options object of \`new AsyncMongoClient(host, options)\`, and in a connection string
unless its row says "object only". Where both name it, the options object wins. In a connection string the letter case
of names does not count, values are percent-encoded, and a name that is not known or a value that does not fit is left
out with a warning (\`process.emitWarning\`); the options object refuses them. \`undefined\` counts as not given, and so
does \`null\` unless the row says what it means. Where a default is "none", nothing is sent or limited.
`;

const inline = (value: unknown): string =>
  typeof value === 'string'
    ? `\`'${value}'\``
    : `\`${value === Infinity ? 'Infinity' : JSON.stringify(value)}\``;

const defaultOf = (spec: OptionSpec): string =>
  spec.defaultText ?? (spec.default === undefined ? 'none' : inline(spec.default));

const aliasText = ({ name, deprecated }: OptionAlias): string =>
  `\`${name}\`${deprecated === true ? ' (deprecated)' : ''}`;

const notesOf = (spec: OptionSpec): string[] => {
  const notes = [spec.doc];
  if (spec.insteadUse !== undefined) {
    const word = spec.deprecated === true ? 'Deprecated, with a warning' : 'Prefer';
    notes.push(
      spec.deprecated === true ? `${word}: use \`${spec.insteadUse}\`.` : `${word} \`${spec.insteadUse}\`.`,
    );
  }
  if (spec.aliases !== undefined) notes.push(`Also: ${spec.aliases.map(aliasText).join(', ')}.`);
  if (spec.uri === false) notes.push('Object only.');
  if (spec.repeated === 'refused') notes.push('May not be repeated in a connection string.');
  return notes;
};

const escape = (text: string): string => text.replaceAll('|', '\\|');

const row = (spec: OptionSpec): string =>
  `| \`${spec.name}\` | ${escape(spec.kind.expected)} | ${escape(defaultOf(spec))} | ${escape(notesOf(spec).join(' '))} |`;

/** The option reference, `docs/options.md`. */
export const optionReference = (): string => {
  const sections = OPTION_TABLE.map(({ title, options }) =>
    [
      `## ${title}`,
      '',
      '| Option | Value | Default | What it does |',
      '|---|---|---|---|',
      ...options.map(row),
    ].join('\n'),
  );
  return [INTRODUCTION, ...sections].join('\n\n');
};

const TYPE_HEAD = `// Written by \`npm run docs\` from the option table; change the table, not this file.
import type { DocumentClass } from '../bson/codec-options.js';
import type { TypeRegistry } from '../bson/type-registry.js';
import type { Runtime } from '../core/runtime.js';
import type { Compressor } from './compressors.js';
import type { DriverInfo, DriverInfoObject } from './driver-info.js';
import type { EventListener } from './event-listener.js';
import type { Logger, LogLevel, LogLevels } from './logger.js';
import type { ReadPreferenceLike, TagSet } from './read-preference.js';
import type { ServerApi, ServerApiObject } from './server-api.js';
import type { ServerSelectorFunction } from './server-selector-function.js';
import type { SrvHostValidator } from './srv-hosts.js';

/**
 * The options object of a client. Names are those of connection strings, in camel case. A name that is not known and a
 * value that does not fit throw before any I/O: \`TypeError\` for a value of another type, \`ConfigurationError\`
 * otherwise.
 */
export interface AsyncMongoClientOptions {`;

/** A comment of the interface, broken into lines that fit the page width. */
const docstring = (text: string): string => {
  if (text.length <= 100) return `  /** ${text} */`;
  const lines = [''];
  for (const word of text.split(' ')) {
    const line = lines.at(-1) ?? '';
    if (line.length + word.length > 104) lines.push(word);
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`;
  }
  return ['  /**', ...lines.map((line) => `   * ${line}`), '   */'].join('\n');
};

const members = (spec: OptionSpec): string[] => {
  const type = `${spec.kind.type} | null | undefined`;
  const aliases = (spec.aliases ?? []).flatMap(({ name, deprecated }) => [
    docstring(deprecated === true ? `@deprecated Use \`${spec.name}\`.` : `The same as \`${spec.name}\`.`),
    `  readonly ${name}?: ${type};`,
  ]);
  const notes = [spec.doc, `Default: ${defaultOf(spec)}.`];
  if (spec.deprecated === true) notes.push(`@deprecated Use \`${spec.insteadUse ?? ''}\`.`);
  else if (spec.insteadUse !== undefined) notes.push(`Prefer \`${spec.insteadUse}\`.`);
  return [docstring(notes.join(' ')), `  readonly ${spec.name}?: ${type};`, ...aliases];
};

/** The type of the options object, `lib/options/async-mongo-client-options.ts`. */
export const optionsType = (): string =>
  [TYPE_HEAD, ...OPTION_TABLE.flatMap(({ options }) => options.flatMap(members)), '}', ''].join('\n');
