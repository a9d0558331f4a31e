import { Binary } from 'bson';
import type { CommandContext } from '../commands/context.js';
import type { Reply } from '../commands/command.js';
import { CommandError } from '../command-error.js';
import type { Doc, Maybe } from '../query/value.js';
import { authenticationFailed, ScramConversation, type ConversationStep } from './scram-conversation.js';
import { SCRAM_MECHANISMS } from './scram-credentials.js';

const CONVERSATION_ID = 1;
const NONCE_BYTES = 24;

const payloadOf = (value: Maybe): string => {
  if (value instanceof Binary) return Buffer.from(value.value()).toString('utf8');
  if (typeof value === 'string') return Buffer.from(value, 'base64').toString('utf8');
  throw new CommandError('TypeMismatch', "BSON field 'payload' is the wrong type, expected type 'binData'");
};

const replyOf = ({ payload, done }: ConversationStep): Reply => ({
  conversationId: CONVERSATION_ID,
  done,
  payload: new Binary(Buffer.from(payload, 'utf8')),
});

/** Opens a conversation on the connection: `saslStart`, or its speculative form inside hello. */
export const startSasl = (context: CommandContext, database: string, body: Doc): Reply => {
  const mechanism = SCRAM_MECHANISMS.find((name) => name === body.get('mechanism'));
  if (mechanism === undefined) {
    throw new CommandError(
      'MechanismUnavailable',
      `Received authentication for mechanism ${String(body.get('mechanism'))} which is unknown or not enabled`,
    );
  }
  const options = body.get('options');
  const { connection, cluster, runtime } = context;
  connection.conversation = new ScramConversation(
    mechanism,
    cluster.users,
    database,
    payloadOf(body.get('payload')),
    Buffer.from(runtime.randomBytes(NONCE_BYTES)).toString('base64'),
    options instanceof Map && options.get('skipEmptyExchange') === true,
  );
  return replyOf({ payload: connection.conversation.first, done: false });
};

/** The next step; logs the connection in when it was the last one. A failure ends the conversation. */
export const continueSasl = (context: CommandContext, body: Doc): Reply => {
  const { connection } = context;
  const { conversation } = connection;
  if (conversation === undefined) throw new CommandError('ProtocolError', 'No SASL session state found');
  if (body.get('conversationId') !== CONVERSATION_ID) {
    throw new CommandError('ProtocolError', 'sasl: Mismatched conversation id');
  }
  try {
    const step = conversation.step(payloadOf(body.get('payload')));
    if (step.done) {
      const { user, database } = conversation.user;
      connection.user = { user, database };
      connection.conversation = undefined;
    }
    return replyOf(step);
  } catch (error) {
    connection.conversation = undefined;
    throw error instanceof CommandError ? error : authenticationFailed();
  }
};
