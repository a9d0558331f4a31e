import { CommandError } from '../command-error.js';
import { isArray, isDoc, type Doc, type Value } from '../query/value.js';
import { resolveSource } from '../store/read-documents.js';
import type { RecordQuery } from '../store/find-records.js';
import { collectionName, docField, requiredArray, requiredDoc, stringField } from './command-fields.js';
import type { Command } from './command.js';
import type { CommandContext } from './context.js';
import { evaluationOf } from './evaluation-of.js';
import { explainAggregate, explainQuery, type Verbosity } from './explain-plan.js';

const EXPLAINED = [
  'find',
  'aggregate',
  'count',
  'distinct',
  'update',
  'delete',
  'findAndModify',
  'findandmodify',
];

const verbosityOf = (body: Doc): Verbosity => {
  const value = stringField('explain', body, 'verbosity') ?? 'allPlansExecution';
  if (value === 'queryPlanner' || value === 'executionStats' || value === 'allPlansExecution') return value;
  throw new CommandError(
    'BadValue',
    `Enumeration value '${value}' for field 'explain.verbosity' is not a valid value.`,
  );
};

/** The part of the explained command that selects documents. */
const selection = (name: string, command: Doc): Doc => {
  const list =
    name === 'update' ? command.get('updates') : name === 'delete' ? command.get('deletes') : undefined;
  if (list === undefined) return command;
  const [statement] = isArray(list) ? list : [];
  return isDoc(statement) ? statement : new Map<string, Value>();
};

const queryOf = (
  context: CommandContext,
  database: string,
  name: string,
  command: Doc,
): RecordQuery | undefined => {
  const { collection, collation } = resolveSource(context.store, database, collectionName(name, command));
  if (collection === undefined) return undefined;
  const fields = selection(name, command);
  const filter =
    docField(name, fields, name === 'find' ? 'filter' : fields === command ? 'query' : 'q') ?? new Map();
  return {
    collection,
    filter,
    evaluation: evaluationOf(context, { command: name, database, fields, fallback: collation }),
    sort: docField(name, fields, 'sort'),
    hint: fields.get('hint'),
    check: () => context.throwIfInterrupted(),
  };
};

export const explain: Command = {
  name: 'explain',
  kind: 'read',
  stable: true,
  fields: ['verbosity', 'comment'],
  run: (context, { body, database }) => {
    const command = requiredDoc('explain', body, 'explain');
    const verbosity = verbosityOf(body);
    const [name = ''] = command.keys();
    if (!EXPLAINED.includes(name)) {
      throw new CommandError('CommandNotFound', `Explain failed due to unknown command: ${name}`);
    }
    if (name === 'aggregate') {
      const target = command.get('aggregate');
      const pipeline = requiredArray('aggregate', command, 'pipeline');
      if (typeof target !== 'string')
        return explainAggregate(context, `${database}.$cmd.aggregate`, pipeline, undefined);
      const resolved = resolveSource(context.store, database, target);
      return explainAggregate(
        context,
        `${database}.${target}`,
        [...resolved.pipeline, ...pipeline],
        resolved.collection,
      );
    }
    const namespace = `${database}.${collectionName(name, command)}`;
    return explainQuery(context, namespace, queryOf(context, database, name, command), verbosity, command);
  },
};
