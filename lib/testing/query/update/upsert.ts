import { CommandError } from '../../command-error.js';
import { isOperatorDoc } from '../matcher.js';
import { isArray, isDoc, type Doc, type Maybe, type Value, RegExpValue } from '../value.js';
import { changePath } from './update-path.js';

/** Calls `found` for each path that the filter fixes to one value. */
const equalities = (filter: Doc, found: (path: string, value: Value) => void): void => {
  for (const [key, operand] of filter) {
    if (
      key === '$and' ||
      ((key === '$or' || key === '$nor') && isArray(operand) && operand.length === 1 && key === '$or')
    ) {
      if (isArray(operand)) operand.forEach((clause) => isDoc(clause) && equalities(clause, found));
    } else if (!key.startsWith('$')) {
      if (!isOperatorDoc(operand)) {
        if (!isPattern(operand)) found(key, operand);
        continue;
      }
      const equal = operand.get('$eq');
      const one = operand.get('$in');
      const every = operand.get('$all');
      if (equal !== undefined) found(key, equal);
      else if (isArray(one) && one.length === 1 && one[0] !== undefined && !isPattern(one[0]))
        found(key, one[0]);
      else if (isArray(every) && every.length === 1 && every[0] !== undefined && !isOperatorDoc(every[0]))
        found(key, every[0]);
    }
  }
};

const isPattern = (value: Value): boolean => value instanceof RegExpValue;

/** The document an upsert with operators starts from: what the filter fixes by equality. */
export const documentFromFilter = (filter: Doc): Doc => {
  const paths: string[] = [];
  let doc: Doc = new Map();
  equalities(filter, (path, value) => {
    for (const other of paths) {
      if (other === path || other.startsWith(`${path}.`) || path.startsWith(`${other}.`)) {
        const message =
          other === path
            ? `cannot infer query fields to set, path '${path}' is matched twice`
            : `cannot infer query fields to set, both paths '${other}' and '${path}' are matched`;
        throw new CommandError('NotSingleValueField', message);
      }
    }
    paths.push(path);
    doc = changePath(doc, path.split('.'), true, () => value);
  });
  return doc;
};

/** The `_id` that a filter fixes; what a replacement takes from it. */
export const idFromFilter = (filter: Doc): Maybe => {
  let id: Maybe;
  equalities(filter, (path, value) => {
    if (path === '_id') id = value;
  });
  return id;
};
