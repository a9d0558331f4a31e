import type { ClientState } from '../client-state.js';
import type { Cluster } from '../cluster.js';
import type { Command, Reply } from '../commands/command.js';
import { CommandContext } from '../commands/context.js';
import { findCommand } from '../commands/registry.js';
import { CommandError } from '../command-error.js';
import {
  failBefore,
  failWriteConcern,
  type CommandFailure,
  type FailCommandSubject,
} from '../failpoints/fail-command.js';
import type { Message } from '../net/message.js';
import { Request } from '../net/request.js';
import { exactInteger } from '../query/number.js';
import type { Doc } from '../query/value.js';
import type { MemberState } from '../replication/member-state.js';
import { checkAuthorization, checkMemberState } from './access.js';
import { checkApi, checkFields, readMaxTime } from './arguments.js';
import { noteClientMetadata } from './client-metadata.js';
import { readConcerns, takesWriteConcern } from './concern-arguments.js';
import { errorLabels } from './error-labels.js';
import { runCommand } from './run-command.js';
import { asCommandError, completeReply, errorReply } from './reply-fields.js';
import { readSession } from './session-arguments.js';
import { awaitWriteConcern, type WriteConcernFailure } from './write-concern.js';

/** What became of a request. */
export interface Outcome {
  readonly reply: Reply;
  /** Run this next and send its reply too. */
  readonly again: Doc | undefined;
}

/** One command on its way through the dispatcher. */
interface Run {
  readonly context: CommandContext;
  readonly message: Message;
  readonly request: Request;
  command: Command | undefined;
  /** Labels of an active fail point, in place of the server's own. */
  labels: readonly string[] | undefined;
}

const HANDSHAKE: ReadonlySet<string> = new Set(['hello', 'isMaster']);

/** What an OP_QUERY may still carry since the opcode was removed. */
const LEGACY_COMMANDS: ReadonlySet<string> = new Set(['hello', 'isMaster', 'saslStart', 'saslContinue']);

const databaseOf = (message: Message, body: Doc): string => {
  if (message.database !== undefined) return message.database;
  const database = body.get('$db');
  if (typeof database !== 'string') throw new CommandError(40571, 'OP_MSG requests require a $db argument');
  if (database === '' || /[\0/\\. "$*<>:|?]/.test(database.replace(/^\$external$/, 'external'))) {
    throw new CommandError('InvalidNamespace', `Invalid database name: '${database}'`);
  }
  return database;
};

const commandOf = ({ context, request, message }: Run): Command => {
  const command = findCommand(request.name);
  if (command === undefined || (command.since !== undefined && !context.version.atLeast(command.since))) {
    throw new CommandError('CommandNotFound', `no such command: '${request.name}'`);
  }
  if (message.legacy && context.version.has('legacyOpcodesRemoved') && !LEGACY_COMMANDS.has(command.name)) {
    throw new CommandError(
      'UnsupportedOpQueryCommand',
      `Unsupported OP_QUERY command: ${request.name}. The client driver may require an upgrade.`,
    );
  }
  return command;
};

const namespaceOf = ({ name, database, body }: Request): string => {
  const collection = name === 'getMore' ? body.get('collection') : body.get(name);
  return typeof collection === 'string' ? `${database}.${collection}` : database;
};

const subjectOf = ({ context, request }: Run, command: Command): FailCommandSubject => ({
  names: command.aliases === undefined ? [command.name] : [command.name, ...command.aliases],
  namespace: namespaceOf(request),
  appName: context.connection.appName,
  random: () => context.runtime.random(),
});

/** Everything that can refuse a command before it runs, fail points included. */
const prepare = (run: Run, command: Command): CommandFailure | undefined => {
  const { context, request } = run;
  const { body } = request;
  context.commandName = command.name;
  context.namespace = namespaceOf(request);
  if (HANDSHAKE.has(command.name)) noteClientMetadata(context.connection, body);
  checkApi(context, command, body);
  return context.member.failPoints.any
    ? failBefore(context.member.failPoints, subjectOf(run, command))
    : undefined;
};

const admit = (run: Run, command: Command): void => {
  const { context, request } = run;
  const { body } = request;
  checkAuthorization(context, command, request);
  checkFields(command, request.name, body, context.version);
  readMaxTime(context, command, body);
  checkMemberState(context, command, request, run.message.secondaryOk);
  readSession(context, command, request);
  readConcerns(context, command, body);
  if (context.expiresAt !== Infinity && context.member.failPoints.any) checkMaxTimeFailPoint(context);
};

const checkMaxTimeFailPoint = ({ member, runtime }: CommandContext): void => {
  if (member.failPoints.evaluate('maxTimeAlwaysTimeOut', () => runtime.random()) !== undefined) {
    throw new CommandError('MaxTimeMSExpired', 'operation exceeded time limit');
  }
};

const labelsOf = (
  run: Run,
  code: number | undefined,
  writeConcernCode: number | undefined,
): readonly string[] => {
  if (run.labels !== undefined) return run.labels;
  const { context, request } = run;
  return errorLabels({
    version: context.version,
    command: run.command?.name ?? request.name,
    hasTxnNumber: request.body.has('txnNumber'),
    inTransaction: request.body.get('autocommit') === false,
    changeStream: context.changeStream,
    code,
    writeConcernCode,
  });
};

const withWriteConcernError = (run: Run, reply: Reply, failure: WriteConcernFailure | undefined): Reply => {
  if (failure === undefined) return reply;
  reply['writeConcernError'] = failure;
  const labels = labelsOf(run, undefined, failure.code);
  if (labels.length > 0) reply['errorLabels'] = labels;
  return reply;
};

/** After the command ran: the write concern, real or injected. */
const settle = (run: Run, command: Command, reply: Reply): Reply | Promise<Reply> => {
  const { context, request } = run;
  if (!takesWriteConcern(command, request.body)) return reply;
  if (context.member.failPoints.any) {
    const injected = failWriteConcern(context.member.failPoints, subjectOf(run, command));
    if (injected !== undefined) {
      const { writeConcernError } = injected;
      const code = writeConcernError instanceof Map ? exactInteger(writeConcernError.get('code')) : undefined;
      reply['writeConcernError'] = writeConcernError;
      run.labels = injected.labels;
      const labels = labelsOf(run, undefined, code === undefined ? undefined : Number(code));
      if (labels.length > 0) reply['errorLabels'] = labels;
      return reply;
    }
  }
  // What a transaction writes is replicated with its commit, which alone waits.
  if (context.transaction !== undefined) return reply;
  const failure = awaitWriteConcern(context);
  return failure instanceof Promise
    ? failure.then((settled) => withWriteConcernError(run, reply, settled))
    : withWriteConcernError(run, reply, failure);
};

const execute = (run: Run, command: Command): Reply | Promise<Reply> => {
  admit(run, command);
  run.context.writing = command.kind === 'write';
  const reply = runCommand(run.context, command, run.request);
  if (reply instanceof Promise) {
    return reply.then((settled) => {
      run.context.writing = false;
      return settle(run, command, settled);
    });
  }
  run.context.writing = false;
  return settle(run, command, reply);
};

/** Waits and fails as the fail point says, in the server's order, and runs the command where it does not fail. */
const executeFailing = async (
  run: Run,
  command: Command,
  failure: CommandFailure,
): Promise<Reply | undefined> => {
  run.labels = failure.labels;
  if (failure.blockMS > 0) await run.context.wait(failure.blockMS);
  if (failure.closeConnection) {
    run.context.connection.close();
    return undefined;
  }
  if (failure.error !== undefined) throw failure.error;
  return execute(run, command);
};

/** Which counter of serverStatus a command adds to. */
const OPCOUNTERS: ReadonlyMap<string, string> = new Map([
  ['insert', 'insert'],
  ['find', 'query'],
  ['update', 'update'],
  ['delete', 'delete'],
  ['getMore', 'getmore'],
]);

const count = ({ opcounters }: MemberState, command: string): void => {
  const counter = OPCOUNTERS.get(command) ?? 'command';
  opcounters.set(counter, (opcounters.get(counter) ?? 0) + 1);
};

const start = (run: Run): Reply | undefined | Promise<Reply | undefined> => {
  const command = commandOf(run);
  run.command = command;
  count(run.context.member, command.name);
  const failure = prepare(run, command);
  return failure === undefined ? execute(run, command) : executeFailing(run, command, failure);
};

const succeed = (run: Run, reply: Reply | undefined): Outcome | undefined =>
  reply === undefined ? undefined : { reply: completeReply(run.context, reply), again: run.context.again };

const fail = (run: Run, thrown: unknown): Outcome => {
  const error = asCommandError(thrown);
  run.context.transaction?.abort();
  const labels = [...new Set([...error.labels, ...labelsOf(run, error.code, undefined)])];
  return { reply: errorReply(run.context, error, labels), again: undefined };
};

/**
 * Runs one command and answers with its reply; undefined where the connection was closed instead. Answers in the same
 * turn where the command does not wait.
 */
export const dispatch = (
  cluster: Cluster,
  member: MemberState,
  connection: ClientState,
  message: Message,
  body: Doc,
): Outcome | undefined | Promise<Outcome | undefined> => {
  const context = new CommandContext(cluster, member, connection, cluster.nextOperationId());
  const [name = ''] = body.keys();
  let run: Run = {
    context,
    message,
    request: new Request(message, name, '', body),
    command: undefined,
    labels: undefined,
  };
  cluster.running.set(context.operationId, context);
  const done = <T>(outcome: T): T => {
    cluster.running.delete(context.operationId);
    return outcome;
  };
  try {
    run = { ...run, request: new Request(message, name, databaseOf(message, body), body) };
    const current = run;
    const reply = start(current);
    if (!(reply instanceof Promise)) return done(succeed(current, reply));
    return reply.then(
      (settled) => done(succeed(current, settled)),
      (error: unknown) => done(fail(current, error)),
    );
  } catch (error) {
    return done(fail(run, error));
  }
};
