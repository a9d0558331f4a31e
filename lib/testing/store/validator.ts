import { CommandError } from '../command-error.js';
import { PLAIN_EVALUATION } from '../query/evaluation.js';
import { compileSchema } from '../query/json-schema.js';
import { compileFilter } from '../query/matcher.js';
import { isDoc, type Doc, type Maybe, type Value } from '../query/value.js';

export type ValidationLevel = 'off' | 'strict' | 'moderate';
export type ValidationAction = 'error' | 'warn' | 'errorAndLog';

/** A collection's validation rules, compiled. */
export interface Validator {
  readonly level: ValidationLevel;
  readonly action: ValidationAction;
  /** Throws error 121 for a document that breaks the rules; `before` is what an update found. */
  check(doc: Doc, before?: Doc): void;
}

const explain = (filter: Doc, doc: Doc): Doc => {
  const schema = filter.get('$jsonSchema');
  if (isDoc(schema)) {
    const details = compileSchema(schema).explain(doc);
    if ((details.get('schemaRulesNotSatisfied') as readonly Value[]).length > 0) return details;
  }
  for (const [key, operand] of filter) {
    if (compileFilter(new Map([[key, operand]]), PLAIN_EVALUATION)(doc)) continue;
    const operator = key.startsWith('$') ? key : isDoc(operand) ? ([...operand.keys()][0] ?? '$eq') : '$eq';
    return new Map<string, Value>([
      ['operatorName', operator.startsWith('$') ? operator : '$eq'],
      ['specifiedAs', new Map([[key, operand]])],
      ['reason', 'expression did not match'],
    ]);
  }
  return new Map();
};

const level = (value: Maybe): ValidationLevel => {
  if (value === undefined) return 'strict';
  if (value === 'off' || value === 'strict' || value === 'moderate') return value;
  throw new CommandError(
    'BadValue',
    `Enumeration value '${String(value)}' for field 'validationLevel' is not a valid value.`,
  );
};

const action = (value: Maybe): ValidationAction => {
  if (value === undefined) return 'error';
  if (value === 'error' || value === 'warn' || value === 'errorAndLog') return value;
  throw new CommandError(
    'BadValue',
    `Enumeration value '${String(value)}' for field 'validationAction' is not a valid value.`,
  );
};

/** Compiles `validator`, `validationLevel` and `validationAction` of a collection's options. `details`: since 5.0. */
export const compileValidator = (options: Doc, details: boolean): Validator | undefined => {
  const filter = options.get('validator');
  const checkedLevel = level(options.get('validationLevel'));
  const checkedAction = action(options.get('validationAction'));
  if (filter === undefined) return undefined;
  if (!isDoc(filter))
    throw new CommandError(
      'TypeMismatch',
      "BSON field 'validator' is the wrong type, expected type 'object'",
    );
  if (filter.size === 0) return undefined;
  const predicate = compileFilter(filter, PLAIN_EVALUATION);
  return {
    level: checkedLevel,
    action: checkedAction,
    check: (doc, before) => {
      if (checkedLevel === 'off' || checkedAction === 'warn' || predicate(doc)) return;
      if (checkedLevel === 'moderate' && before !== undefined && !predicate(before)) return;
      const id = doc.get('_id') ?? null;
      throw new CommandError('DocumentValidationFailure', 'Document failed validation', {
        extra: details
          ? {
              errInfo: new Map<string, Value>([
                ['failingDocumentId', id],
                ['details', explain(filter, doc)],
              ]),
            }
          : {},
      });
    },
  };
};
