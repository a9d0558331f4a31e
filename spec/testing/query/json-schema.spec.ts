import { describe, expect, it } from '@jest/globals';
import type { Document } from 'bson';
import { compileSchema } from '../../../lib/testing/query/json-schema.js';
import { doc, relaxed } from '../support/documents.js';

type Row = readonly [schema: Document, yes: readonly unknown[], no: readonly unknown[]];

/** Schemas of the field `a`. */
const ROWS: readonly Row[] = [
  [{ bsonType: 'string' }, ['x', undefined], [1]],
  [{ bsonType: ['int', 'null'] }, [1, null], [1.5]],
  [{ type: 'number' }, [1, 1.5], ['1']],
  [{ enum: [1, 'x'] }, [1, 'x'], [2]],
  [{ minimum: 1, maximum: 3 }, [1, 3, 'x'], [0, 4]],
  [{ minimum: 1, exclusiveMinimum: true }, [2], [1]],
  [{ multipleOf: 0.5 }, [1.5, 2], [1.2]],
  [{ minLength: 1, maxLength: 2 }, ['a', '😀😀'], ['', 'abc']],
  [{ pattern: '^a' }, ['ab', 5], ['ba']],
  [{ items: { bsonType: 'int' } }, [[1, 2], []], [[1, 'x']]],
  [{ items: [{ bsonType: 'int' }], additionalItems: false }, [[1]], [[1, 2], ['x']]],
  [{ minItems: 1, maxItems: 2, uniqueItems: true }, [[1, 2]], [[], [1, 1], [1, 2, 3]]],
  [{ required: ['b'] }, [{ b: 1 }, 5], [{ c: 1 }]],
  [{ properties: { b: { bsonType: 'int' } } }, [{ b: 1 }, {}], [{ b: 'x' }]],
  [{ properties: { b: {} }, additionalProperties: false }, [{ b: 1 }], [{ c: 1 }]],
  [{ additionalProperties: { bsonType: 'int' } }, [{ c: 1 }], [{ c: 'x' }]],
  [{ patternProperties: { '^n': { bsonType: 'int' } } }, [{ n1: 1, x: 'y' }], [{ n1: 'x' }]],
  [{ minProperties: 1, maxProperties: 1 }, [{ b: 1 }], [{}, { b: 1, c: 1 }]],
  [{ dependencies: { b: ['c'] } }, [{ b: 1, c: 1 }, { c: 1 }], [{ b: 1 }]],
  [{ allOf: [{ minimum: 1 }, { maximum: 2 }] }, [1], [3]],
  [{ anyOf: [{ bsonType: 'int' }, { bsonType: 'string' }] }, [1, 'x'], [true]],
  [{ oneOf: [{ minimum: 1 }, { minimum: 3 }] }, [2], [0, 4]],
  [{ not: { bsonType: 'int' } }, ['x'], [1]],
];

describe('$jsonSchema', () => {
  it.each(ROWS.map((row) => [row] as const))('%j', ([schema, yes, no]) => {
    const { test } = compileSchema(doc({ properties: { a: schema } }));
    const document = (a: unknown) => doc(a === undefined ? {} : { a });
    expect(yes.filter((a) => !test(document(a)))).toEqual([]);
    expect(no.filter((a) => test(document(a)))).toEqual([]);
  });

  it('explains what a document breaks in the form of errInfo', () => {
    const schema = compileSchema(
      doc({
        title: 'person',
        required: ['name'],
        properties: { age: { bsonType: 'int', description: 'years' } },
      }),
    );
    expect(relaxed(schema.explain(doc({ age: 'x' })))).toEqual({
      operatorName: '$jsonSchema',
      title: 'person',
      schemaRulesNotSatisfied: [
        { operatorName: 'required', specifiedAs: { required: ['name'] }, missingProperties: ['name'] },
        {
          operatorName: 'properties',
          propertiesNotSatisfied: [
            {
              propertyName: 'age',
              description: 'years',
              details: [
                {
                  operatorName: 'bsonType',
                  specifiedAs: { bsonType: 'int' },
                  reason: 'type did not match',
                  consideredValue: 'x',
                  consideredType: 'string',
                },
              ],
            },
          ],
        },
      ],
    });
  });
});
