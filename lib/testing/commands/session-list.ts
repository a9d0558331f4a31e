import { CommandError } from '../command-error.js';
import { isArray, type Doc } from '../query/value.js';

/** The `lsid` documents that a session command lists. */
export const sessionsOf = (body: Doc, field: string): readonly Doc[] => {
  const list = body.get(field);
  if (!isArray(list))
    throw new CommandError('TypeMismatch', `BSON field '${field}' is the wrong type, expected type 'array'`);
  return list.map((lsid, index) => {
    if (!(lsid instanceof Map)) {
      throw new CommandError(
        'TypeMismatch',
        `BSON field '${field}.${String(index)}' is the wrong type, expected type 'object'`,
      );
    }
    return lsid;
  });
};
