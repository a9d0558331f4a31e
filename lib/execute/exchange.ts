import { DEFAULT_CODEC_OPTIONS } from '../bson/codec-options.js';
import type { CommandOptions } from '../connection/connection.js';
import { clock, readClock } from '../core/clock.js';
import { waitFor } from '../core/deadline.js';
import { isNetworkError } from '../core/errors/predicates.js';
import type { Lease } from '../pool/lease.js';
import { laterClusterTime } from '../sessions/cluster-time.js';
import { noteSent, type Transaction } from '../sessions/transaction.js';
import type { Server } from '../topology/server.js';
import type { Command } from '../wire/command.js';
import type { Reply } from '../wire/reply.js';
import { dressCommand } from './dress.js';
import type { ExecuteContext } from './execute-context.js';
import { readPreferenceToSend } from './read-preference-rule.js';
import { readReply } from './read-reply.js';
import { reportFailure } from './report-failure.js';
import type { AttemptTarget, Run } from './run.js';
import { effectiveReadPreference } from './server-choice.js';
import { limitServerTime } from './server-time-limit.js';
import { serverSessionFor } from './session-rules.js';

/** A retry carries exactly the documents of its first attempt, so that the server recognises the statements. */
const withSequenceEnd = (command: Command, documents: number): Command =>
  command.sequence === undefined
    ? command
    : { ...command, sequence: { ...command.sequence, end: command.sequence.start + documents } };

/** One request and its reply on a connection that is ours for the time being. */
export const exchange = async (
  context: ExecuteContext,
  run: Run,
  server: Server,
  lease: Lease,
): Promise<Reply | undefined> => {
  const { operation, options } = run;
  const { deadline } = options;
  const { connection } = lease;
  // A connection that is kept for several operations may still owe a reply to one that was given up.
  if (connection.lateReply !== undefined) await waitFor(connection.lateReply, deadline, context.runtime);
  const { description } = connection;
  const codecOptions = options.codecOptions ?? DEFAULT_CODEC_OPTIONS;
  const target: AttemptTarget = {
    limits: description,
    unacknowledged: run.unacknowledged,
    codecOptions,
    address: connection.address,
    documentsSent: run.documentsSent,
    connection: undefined,
    writeConcernError: undefined,
  };
  run.target = target;
  operation.check?.(target);
  const built = operation.build(target);
  // An attempt that got no connection has sent nothing that the next would have to repeat.
  const command = run.documentsSent > 0 ? withSequenceEnd(built, run.documentsSent) : built;
  const serverSession = serverSessionFor(context, run, connection, server);
  if (run.retry === 'write' && run.txnNumber === undefined && serverSession !== undefined) {
    run.txnNumber = ++serverSession.txnNumber;
  }
  const txnNumber = serverSession === undefined ? undefined : run.txnNumber;
  dressCommand(command, operation, {
    inSession: serverSession !== undefined,
    hasNumber: txnNumber !== undefined,
    session: options.session,
    transaction: run.transaction,
    startsTransaction: run.startsTransaction,
    clusterTime: laterClusterTime(context.clusterTime, options.session?.clusterTime),
    readConcern: options.readConcern,
    writeConcern: options.writeConcern,
    timeoutMS: deadline.timeoutMS,
    readPreference:
      operation.access === 'read'
        ? readPreferenceToSend(
            effectiveReadPreference(operation, options, description.maxWireVersion),
            context.topology.description.topologyType,
            server.description.serverType,
          )
        : undefined,
    serverApi: context.serverApi,
  });
  const commandOptions: CommandOptions = {
    session: serverSession,
    txnNumber,
    maxTimeMS: deadline.timeoutMS === undefined ? undefined : limitServerTime(command, run, context.runtime),
    deadline,
    roundTrip: deadline.timeoutMS === undefined ? undefined : run.roundTrip,
    codecOptions,
    awaitsMS: operation.awaitsMS,
    noReply: run.unacknowledged,
    operationId: options.operationId,
    onEncoded:
      command.sequence === undefined && !run.startsTransaction
        ? undefined
        : (documents) => {
            run.documentsSent = documents;
            target.documentsSent = documents;
            if (run.startsTransaction) noteSent(run.transaction as Transaction);
          },
  };
  let reply: Reply | undefined;
  try {
    reply = await connection.command(command, commandOptions);
  } catch (error) {
    // The server may still be at work on it: nobody else may meet that work in this session.
    const abandoned = connection.closed || connection.lateReply !== undefined;
    if (serverSession !== undefined && abandoned) serverSession.dirty = true;
    context.abandoned.giveUp(connection, run);
    if (isNetworkError(error)) reportFailure(context.topology, lease, error);
    throw error;
  }
  if (serverSession !== undefined) {
    readClock(context.runtime);
    serverSession.lastUse = clock.now;
  }
  if (reply !== undefined) readReply(context, run, reply, lease);
  return reply;
};
