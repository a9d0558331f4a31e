import type { ClientState } from '../client-state.js';
import { CommandError } from '../command-error.js';
import { sizeOfDoc } from '../query/bson-writer.js';
import type { Doc } from '../query/value.js';

const MOST_BYTES = 512;
const MOST_APP_NAME_BYTES = 128;

const REQUIRED = [
  ['driver', 'name'],
  ['driver', 'version'],
  ['os', 'type'],
] as const;

/** Takes `client` from a connection's first hello (mongodb-handshake specification, "Client metadata"). */
export const noteClientMetadata = (connection: ClientState, body: Doc): void => {
  const client = body.get('client');
  if (!(client instanceof Map)) return;
  if (connection.metadata !== undefined) {
    throw new CommandError(
      'ClientMetadataCannotBeMutated',
      'The client metadata document may only be sent in the first hello',
    );
  }
  if (sizeOfDoc(client) > MOST_BYTES) {
    throw new CommandError(
      'ClientMetadataDocumentTooLarge',
      `The client metadata document must be less then or equal to ${String(MOST_BYTES)} bytes`,
    );
  }
  for (const [section, field] of REQUIRED) {
    const value = client.get(section);
    if (!(value instanceof Map) || typeof value.get(field) !== 'string') {
      throw new CommandError(
        'ClientMetadataMissingField',
        `Missing required field '${section}.${field}' in the client metadata document`,
      );
    }
  }
  connection.metadata = client;
  if (Buffer.byteLength(connection.appName ?? '') > MOST_APP_NAME_BYTES) {
    connection.metadata = undefined;
    throw new CommandError(
      'ClientMetadataAppNameTooLarge',
      `The 'client.application.name' field must be less then or equal to ${String(MOST_APP_NAME_BYTES)} bytes`,
    );
  }
};
