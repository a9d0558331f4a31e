import { CommandError } from '../../command-error.js';
import { typeName } from '../bson-type.js';
import type { Evaluation } from '../evaluation.js';
import { isDoc, type Doc, type Value } from '../value.js';
import { DELEGATED_STAGES } from './delegated-stages.js';
import { FLOW_STAGES } from './flow-stages.js';
import { GROUP_STAGES } from './group-stages.js';
import { JOIN_STAGES } from './join-stages.js';
import type { Stage, StageCompiler } from './stage.js';

const STAGES: ReadonlyMap<string, StageCompiler> = new Map(
  Object.entries({ ...FLOW_STAGES, ...GROUP_STAGES, ...JOIN_STAGES, ...DELEGATED_STAGES }),
);

/** Stages the server knows that are for other places or other products. */
const REFUSED: ReadonlyMap<string, readonly [number, string]> = new Map([
  ['$changeStream', [40602, '$changeStream is only valid as the first stage in a pipeline']],
  ['$collStats', [40602, '$collStats is only valid as the first stage in a pipeline']],
  ['$currentOp', [40602, '$currentOp is only valid as the first stage in a pipeline']],
  ['$indexStats', [40602, '$indexStats is only valid as the first stage in a pipeline']],
  ['$listLocalSessions', [40602, '$listLocalSessions is only valid as the first stage in a pipeline']],
  ['$listSessions', [40602, '$listSessions is only valid as the first stage in a pipeline']],
  ['$planCacheStats', [40602, '$planCacheStats is only valid as the first stage in a pipeline']],
  ['$merge', [40601, '$merge can only be the final stage in the pipeline']],
  ['$out', [40601, '$out can only be the final stage in the pipeline']],
  ['$geoNear', [5107200, 'The embedded deployment has no geospatial indexes: $geoNear is not supported']],
]);

const SEARCH = new Set([
  '$search',
  '$searchMeta',
  '$vectorSearch',
  '$listSearchIndexes',
  '$rankFusion',
  '$scoreFusion',
]);

/** Name and operand of a stage document. */
export const readStage = (stage: Value): readonly [name: string, operand: Value] => {
  if (!isDoc(stage)) {
    throw new CommandError(
      'TypeMismatch',
      `Each element of the 'pipeline' array must be an object, found ${typeName(stage)}`,
    );
  }
  const [name] = stage.keys();
  if (stage.size !== 1 || name === undefined) {
    throw new CommandError(40323, 'A pipeline stage specification object must contain exactly one field.');
  }
  return [name, stage.get(name) ?? null];
};

const compileStage = (stage: Value, position: number, evaluation: Evaluation): Stage => {
  const [name, operand] = readStage(stage);
  const compiler = STAGES.get(name);
  if (compiler !== undefined) {
    if (name === '$documents' && position > 0) {
      throw new CommandError(40602, '$documents is only valid as the first stage in a pipeline');
    }
    return compiler(
      operand,
      {
        evaluation,
        compile: (pipeline, variables) =>
          compilePipeline(
            pipeline,
            variables === undefined
              ? evaluation
              : { ...evaluation, variables: new Map([...evaluation.variables, ...variables]) },
          ),
      },
      name,
    );
  }
  if (SEARCH.has(name)) throw searchNotEnabled();
  const refused = REFUSED.get(name);
  if (refused !== undefined) throw new CommandError(refused[0], refused[1]);
  throw new CommandError(40324, `Unrecognized pipeline stage name: '${name}'`);
};

/** Whether there is a stage of that name, wherever it may stand. */
export const isStage = (name: string): boolean => STAGES.has(name) || REFUSED.has(name) || SEARCH.has(name);

/** What servers without Atlas Search answer. */
export const searchNotEnabled = (): CommandError =>
  new CommandError(
    31082,
    'Using Atlas Search Database Commands and the $listSearchIndexes aggregation stage requires additional configuration. ' +
      'Please connect to Atlas or an AtlasCLI local deployment to enable.',
  );

/** Compiles the stages of a pipeline into one that runs them in turn. */
export const compilePipeline = (pipeline: readonly Value[], evaluation: Evaluation): Stage => {
  const stages = pipeline.map((stage, position) => compileStage(stage, position, evaluation));
  return (input) => stages.reduce<Iterable<Doc>>((docs, stage) => stage(docs), input);
};
