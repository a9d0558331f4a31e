/** The classes of BSON values that have no counterpart among the native ones. Everything else imports them from here. */
export {
  Binary,
  BSONRegExp,
  BSONSymbol,
  Code,
  DBRef,
  Decimal128,
  Double,
  Int32,
  Long,
  MaxKey,
  MinKey,
  ObjectId,
  Timestamp,
  UUID,
} from 'bson';
export { DBPointer } from './db-pointer.js';
export { DatetimeMS } from './datetime-ms.js';
export { ZonedDateTime } from './zoned-date-time.js';
