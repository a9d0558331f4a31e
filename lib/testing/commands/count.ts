import { CommandError } from '../command-error.js';
import { compilePipeline } from '../query/pipeline/pipeline.js';
import { exactInteger } from '../query/number.js';
import type { Doc } from '../query/value.js';
import { findRecords } from '../store/find-records.js';
import { docsOf, resolveSource } from '../store/read-documents.js';
import { collectionName, countField, docField, hintField } from './command-fields.js';
import type { Command } from './command.js';
import { evaluationOf } from './evaluation-of.js';

const limitOf = (body: Doc): number | undefined => {
  const value = body.get('limit');
  if (value === undefined || value === null) return undefined;
  const limit = exactInteger(value);
  if (limit === undefined)
    throw new CommandError(
      'TypeMismatch',
      "BSON field 'count.limit' is the wrong type, expected type 'long'",
    );
  // A negative limit means its absolute value, 0 means none.
  return limit === 0n ? undefined : Math.abs(Number(limit));
};

export const count: Command = {
  name: 'count',
  kind: 'read',
  stable: true,
  fields: ['query', 'limit', 'skip', 'hint', 'collation', 'fields', 'queryOptions', 'comment'],
  run: (context, { body, database }) => {
    const resolved = resolveSource(context.visible, database, collectionName('count', body));
    const { collection } = resolved;
    const evaluation = evaluationOf(context, {
      command: 'count',
      database,
      fields: body,
      fallback: resolved.collation,
    });
    const filter = docField('count', body, 'query') ?? new Map();
    const skip = countField('count', body, 'skip') ?? 0;
    const limit = limitOf(body);
    let n = 0;
    if (resolved.isView) {
      const stage = compilePipeline([...resolved.pipeline, new Map([['$match', filter]])], evaluation);
      for (const _doc of stage(docsOf(collection))) n += 1;
      n = Math.min(Math.max(0, n - skip), limit ?? Infinity);
    } else if (collection !== undefined) {
      const hint = hintField('count', body);
      if (filter.size === 0 && hint === undefined)
        n = Math.min(Math.max(0, collection.records.size - skip), limit ?? Infinity);
      else {
        const query = {
          collection,
          filter,
          evaluation,
          hint,
          skip,
          limit,
          check: () => context.throwIfInterrupted(),
        };
        for (const _found of findRecords(query)) n += 1;
      }
    }
    return { n };
  },
};
