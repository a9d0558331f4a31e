import { CommandError } from '../command-error.js';
import { keyOf } from '../query/bson-order.js';
import { sizeOfDoc } from '../query/bson-writer.js';
import { compilePipeline } from '../query/pipeline/pipeline.js';
import { valuesAt } from '../query/path.js';
import type { Doc, Value } from '../query/value.js';
import { MAX_BATCH_BYTES } from '../store/cursor.js';
import { findRecords } from '../store/find-records.js';
import { docsOf, resolveSource } from '../store/read-documents.js';
import { collectionName, docField, gateField, hintField, requiredString } from './command-fields.js';
import type { Command } from './command.js';
import { evaluationOf } from './evaluation-of.js';

export const distinct: Command = {
  name: 'distinct',
  kind: 'read',
  inTransaction: true,
  stable: false,
  fields: ['key', 'query', 'hint', 'collation'],
  run: (context, { body, database }) => {
    const resolved = resolveSource(context.visible, database, collectionName('distinct', body));
    const { collection } = resolved;
    gateField(context, 'distinctHint', 'distinct', body, 'hint');
    const parts = requiredString('distinct', body, 'key').split('.');
    const filter = docField('distinct', body, 'query') ?? new Map();
    const evaluation = evaluationOf(context, {
      command: 'distinct',
      database,
      fields: body,
      fallback: resolved.collation,
    });
    const values = new Map<string, Value>();
    const collect = (doc: Doc): void => {
      for (const value of valuesAt(doc, parts).values) {
        const key = keyOf(value, evaluation.collation);
        if (value !== undefined && !values.has(key)) values.set(key, value);
      }
    };
    if (resolved.isView) {
      const stage = compilePipeline([...resolved.pipeline, new Map([['$match', filter]])], evaluation);
      for (const doc of stage(docsOf(collection))) collect(doc);
    } else if (collection !== undefined) {
      const hint = hintField('distinct', body);
      const query = { collection, filter, evaluation, hint, check: () => context.throwIfInterrupted() };
      for (const { raw } of findRecords(query)) collect(raw.doc);
    }
    const list = [...values.values()];
    if (sizeOfDoc(new Map([['values', list]])) > MAX_BATCH_BYTES)
      throw new CommandError(17217, 'distinct too big, 16mb cap');
    const { transaction, view } = context;
    return {
      values: list,
      atClusterTime: transaction === undefined ? view?.snapshot.time : undefined,
    };
  },
};
