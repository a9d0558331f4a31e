import { exactInteger } from '../query/number.js';
import type { Doc } from '../query/value.js';

/** The statement id of the `index`-th statement: `stmtIds`, or counted from `stmtId`. */
export const statementId = (body: Doc, index: number): number => {
  const ids = body.get('stmtIds');
  const id = Array.isArray(ids) ? exactInteger(ids[index]) : undefined;
  if (id !== undefined) return Number(id);
  return Number(exactInteger(body.get('stmtId')) ?? 0n) + index;
};
