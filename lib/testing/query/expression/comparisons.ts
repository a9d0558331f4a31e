import { compare } from '../bson-order.js';
import { nary, operands, type Operator, type OperatorTable } from './operator.js';
import { truthy } from './truth.js';

const comparison = (holds: (order: number) => boolean): Operator =>
  nary(2, 2, ([left, right], _name, { collation }) => holds(compare(left, right, collation)));

/** Stops at the first operand that decides. */
const connective =
  (decisive: boolean): Operator =>
  (operand, compile) => {
    const compiled = operands(operand).map(compile);
    return (scope) =>
      compiled.some((expression) => truthy(expression(scope)) === decisive) ? decisive : !decisive;
  };

export const COMPARISONS: OperatorTable = {
  $and: connective(false),
  $cmp: nary(2, 2, ([left, right], _name, { collation }) => Math.sign(compare(left, right, collation))),
  $eq: comparison((order) => order === 0),
  $gt: comparison((order) => order > 0),
  $gte: comparison((order) => order >= 0),
  $lt: comparison((order) => order < 0),
  $lte: comparison((order) => order <= 0),
  $ne: comparison((order) => order !== 0),
  $not: nary(1, 1, ([value]) => !truthy(value)),
  $or: connective(true),
};
