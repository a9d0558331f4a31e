import * as vm from 'node:vm';
import { CommandError } from '../command-error.js';
import { typeName } from './bson-type.js';
import { toPlain } from './plain.js';
import { CodeValue, type Doc, type Value } from './value.js';

/** A script sleeps: the command is to be run again after so long, and then does not sleep here. */
export class ScriptPause {
  readonly ms: number;

  constructor(ms: number) {
    this.ms = ms;
  }
}

/**
 * The calls of `sleep()` that the scripts of one command make. Scripts run in one turn of the event loop, and a server
 * does other work while one of them sleeps; so the command stops at a sleep and starts over when it is done.
 */
export class ScriptPauses {
  /** Sleeps that are done. */
  done = 0;
  /** Sleeps that this run of the command has come to. */
  met = 0;
}

/** Longest run of a script for one document; ms. */
const LIMIT_MS = 1000;

const functionOf = (code: string): string => {
  if (/^\s*function\b/.test(code)) return `(${code})`;
  return `(function () { ${/\breturn\b/.test(code) ? code : `return ${code}`} })`;
};

/** Only text goes in and comes out, so nothing of the process can be reached from the script. */
const scriptOf = (code: string): string => `(() => {
  const dates = (key, value) =>
    value !== null && typeof value === 'object' && typeof value.$date === 'string' ? new Date(value.$date) : value;
  let met = 0;
  globalThis.sleep = (ms) => {
    met += 1;
    if (met > awake) throw { pause: Number(ms) };
  };
  globalThis.obj = JSON.parse(json, dates);
  try {
    return JSON.stringify({ matches: Boolean(${functionOf(code)}.call(obj)), met });
  } catch (error) {
    return JSON.stringify(error?.pause === undefined ? { failure: String(error) } : { pause: error.pause, met });
  }
})()`;

interface Outcome {
  readonly matches?: boolean;
  readonly met?: number;
  /** Milliseconds. */
  readonly pause?: number;
  readonly failure?: string;
}

const toJson = (doc: Doc): string =>
  JSON.stringify(toPlain(doc), function (this: Record<string, unknown>, key, value: unknown) {
    const original = this[key];
    return original instanceof Date ? { $date: original.toISOString() } : value;
  });

const failed = (why: string): CommandError => new CommandError('JSInterpreterFailure', why);

/** `$where`: an expression or function that sees the document as `this` and `obj`. */
export const compileWhere = (operand: Value, pauses: ScriptPauses): ((doc: Doc) => boolean) => {
  const code = operand instanceof CodeValue ? operand.code : operand;
  if (typeof code !== 'string') {
    throw new CommandError('BadValue', `$where requires a string or code, not ${typeName(operand)}`);
  }
  const sandbox = vm.createContext(Object.create(null) as vm.Context, {
    codeGeneration: { strings: false, wasm: false },
    microtaskMode: 'afterEvaluate',
  });
  let script: vm.Script;
  try {
    script = new vm.Script(scriptOf(code));
  } catch (error) {
    throw failed(error instanceof Error ? error.message : String(error));
  }
  return (doc) => {
    sandbox['json'] = toJson(doc);
    sandbox['awake'] = pauses.done - pauses.met;
    let outcome: Outcome;
    try {
      outcome = JSON.parse(String(script.runInContext(sandbox, { timeout: LIMIT_MS }))) as Outcome;
    } catch (error) {
      throw failed(error instanceof Error ? error.message : String(error));
    }
    if (outcome.failure !== undefined) throw failed(outcome.failure);
    if (outcome.pause !== undefined) throw new ScriptPause(outcome.pause);
    pauses.met += outcome.met ?? 0;
    return outcome.matches === true;
  };
};
