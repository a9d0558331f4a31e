import { CommandError } from '../../command-error.js';
import type { Evaluation } from '../evaluation.js';
import { compileFilter } from '../matcher.js';

import { isArray, isDoc, type Doc, type Value } from '../value.js';
import { failedToParse } from './modifier.js';
import type { ArrayFilters } from './update-path.js';

const namesIn = (filter: Doc): string[] =>
  [...filter].flatMap(([key, operand]) => {
    if (!key.startsWith('$')) return [key.split('.')[0] ?? key];
    return isArray(operand) ? operand.flatMap((item) => (isDoc(item) ? namesIn(item) : [])) : [];
  });

const identifierOf = (filter: Doc): string => {
  const names = [...new Set(namesIn(filter))];
  const [name, other] = names;
  if (name === undefined)
    return failedToParse('Cannot use an expression without a top-level field name in arrayFilters');
  if (other !== undefined) {
    return failedToParse(
      `Error parsing array filter :: caused by :: Expected a single top-level field name, found '${name}' and '${other}'`,
    );
  }
  if (!/^[a-z][a-zA-Z0-9]*$/.test(name)) {
    throw new CommandError(
      'BadValue',
      `Error parsing array filter :: caused by :: The top-level field name must be an alphanumeric string beginning with a lowercase letter, found '${name}'`,
    );
  }
  return name;
};

/** Compiles `arrayFilters` and checks them against the identifiers that the update's paths use. */
export const compileArrayFilters = (
  filters: readonly Value[],
  paths: readonly string[],
  evaluation: Evaluation,
  updateText: string,
): ArrayFilters => {
  const compiled = new Map<string, (element: Value) => boolean>();
  for (const filter of filters) {
    if (!isDoc(filter)) throw new CommandError('TypeMismatch', `arrayFilters must be documents`);
    const name = identifierOf(filter);
    if (compiled.has(name)) {
      return failedToParse(`Found multiple array filters with the same top-level field name ${name}`);
    }
    const predicate = compileFilter(filter, evaluation);
    compiled.set(name, (element) => predicate(new Map([[name, element]])));
  }
  const used = new Set<string>();
  for (const path of paths) {
    for (const match of path.matchAll(/\$\[([^\]]+)\]/g)) {
      const name = match[1] ?? '';
      if (!compiled.has(name)) {
        throw new CommandError(
          'BadValue',
          `No array filter found for identifier '${name}' in path '${path}'`,
        );
      }
      used.add(name);
    }
  }
  for (const name of compiled.keys()) {
    if (!used.has(name)) {
      failedToParse(`The array filter for identifier '${name}' was not used in the update ${updateText}`);
    }
  }
  return compiled;
};
