import { parseCollation, type Collation } from '../query/collation.js';
import type { Evaluation } from '../query/evaluation.js';
import { compileExpression, evaluateTop } from '../query/expression/expression.js';
import { DateTime, type Doc, type Value } from '../query/value.js';
import { pipelineSource } from '../store/read-documents.js';
import { compileWhere } from '../query/where.js';
import { docField } from './command-fields.js';
import type { CommandContext } from './context.js';

export interface EvaluationRequest {
  readonly command: string;
  readonly database: string;
  /** The command or statement that may have `collation`. */
  readonly fields: Doc;
  /** `let` of the command. */
  readonly variables?: Doc | undefined;
  /** The collation of the collection, which counts where none is given. */
  readonly fallback: Collation | undefined;
}

/** Everything expressions and filters of a command are evaluated with. */
export const evaluationOf = (context: CommandContext, request: EvaluationRequest): Evaluation => {
  const { cluster, runtime, visible } = context;
  const specification = docField(request.command, request.fields, 'collation');
  const plain: Evaluation = {
    collation: specification === undefined ? request.fallback : parseCollation(specification),
    variables: new Map(),
    now: new DateTime(BigInt(Math.trunc(runtime.wallClock()))),
    clusterTime: cluster.hasClusterTime ? cluster.clock.now : undefined,
    random: () => runtime.random(),
    where: (operand) => compileWhere(operand, context.pauses),
    source: pipelineSource(visible, request.database, () => plain),
  };
  if (request.variables === undefined) return plain;
  const variables = new Map<string, Value>();
  for (const [name, expression] of request.variables) {
    variables.set(name, evaluateTop(compileExpression(expression, plain), new Map(), plain) ?? null);
  }
  return { ...plain, variables };
};
