import type { Document } from '../bson/document.js';
import { OperationFailure } from '../core/errors/server.js';
import { putFields, type CommandFields } from './command-fields.js';
import { fieldOf } from './document-shape.js';
import { fullName, type Namespace } from './namespace.js';
import type { Operation } from './operation.js';

export interface ValidateOptions extends CommandFields {
  /** Read the data thoroughly; slow, and blocking on old servers. */
  readonly full?: boolean | undefined;
  /** Only count and size metadata. Servers 4.4 and later. */
  readonly metadata?: boolean | undefined;
  /** Repair what can be repaired. Standalone servers 5.0 and later. */
  readonly repair?: boolean | undefined;
  /** Validate while the collection is in use. Servers 4.4 and later. */
  readonly background?: boolean | undefined;
}

/** Resolves to the server's report; rejects where it finds the collection damaged. */
export const validate = (namespace: Namespace, options: ValidateOptions): Operation<Document> => ({
  name: 'validate',
  database: namespace.database,
  collection: namespace.collection,
  access: 'read',
  retry: 'none',
  build() {
    const body: Record<string, unknown> = { validate: namespace.collection };
    putFields(body, options, ['full', 'metadata', 'repair', 'background', 'comment', 'maxTimeMS']);
    return { name: 'validate', database: namespace.database, body };
  },
  parse(reply, target) {
    const report = reply?.decode(target.codecOptions) ?? {};
    if (fieldOf(report, 'valid') === false) {
      throw new OperationFailure(
        `Collection ${fullName(namespace)} is damaged; details holds the server's report`,
        {
          details: report,
          namespace: fullName(namespace),
          command: 'validate',
          address: target.address,
        },
      );
    }
    return report;
  },
});
