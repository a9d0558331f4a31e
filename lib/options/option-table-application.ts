import type {
  DatetimeConversion,
  Int64Conversion,
  UndefinedValues,
  UnicodeDecodeErrorHandler,
  UuidRepresentation,
} from '../bson/codec-options.js';
import { DriverInfo } from './driver-info.js';
import { isEventListener } from './event-listener.js';
import type { OptionSpec } from './option-spec.js';
import { ServerApi } from './server-api.js';
import { choice, flag, objectLike, readBy, text } from './value-kinds.js';

const DATETIME_CONVERSIONS: readonly (
  DatetimeConversion | 'datetimeMs' | 'datetimeAuto' | 'datetimeClamp'
)[] = [
  'datetime',
  'datetime_ms',
  'datetime_auto',
  'datetime_clamp',
  'datetimeMs',
  'datetimeAuto',
  'datetimeClamp',
];
const UUID_REPRESENTATIONS: readonly UuidRepresentation[] = [
  'unspecified',
  'standard',
  'pythonLegacy',
  'javaLegacy',
  'csharpLegacy',
];
const UNICODE_HANDLERS: readonly UnicodeDecodeErrorHandler[] = [
  'strict',
  'replace',
  'backslashreplace',
  'surrogateescape',
  'ignore',
];
const INT64_CONVERSIONS: readonly Int64Conversion[] = ['auto', 'bigint', 'number-or-throw', 'Long'];
const UNDEFINED_VALUES: readonly UndefinedValues[] = ['omit', 'null', 'throw'];

const isClass = (value: unknown): boolean => typeof value === 'function';

export const DOCUMENT_OPTIONS: readonly OptionSpec[] = [
  {
    name: 'documentClass',
    kind: objectLike(
      'Object, Map, SON, RawBSONDocument or a class with get and set',
      'DocumentClass',
      isClass,
    ),
    doc: 'Class of the documents that queries return, embedded ones included.',
    default: Object,
    defaultText: '`Object`: plain objects',
    uri: false,
  },
  {
    name: 'tzAware',
    kind: flag,
    doc: 'BSON dates become `ZonedDateTime` instead of `Date`.',
    default: false,
  },
  {
    name: 'tzinfo',
    kind: text(),
    doc: 'IANA name of the zone of those dates. Needs `tzAware`.',
    defaultText: '`UTC` with `tzAware`',
  },
  {
    name: 'datetimeConversion',
    kind: choice(DATETIME_CONVERSIONS),
    doc: 'What a BSON date becomes: `datetime` a `Date`, and an error where a `Date` does not reach; `datetime_ms` a `DatetimeMS`; `datetime_auto` a `DatetimeMS` only where needed; `datetime_clamp` the nearest `Date`.',
    default: 'datetime',
  },
  {
    name: 'uuidRepresentation',
    kind: choice(UUID_REPRESENTATIONS),
    doc: 'How `UUID` values are stored and which binary values become them; `unspecified` neither stores nor makes them.',
    default: 'unspecified',
  },
  {
    name: 'unicodeDecodeErrorHandler',
    kind: choice(UNICODE_HANDLERS),
    doc: 'What happens to bytes of a string that are not UTF-8; `strict` is an error.',
    default: 'strict',
    aliases: [{ name: 'unicode_decode_error_handler' }],
  },
  {
    name: 'typeRegistry',
    kind: objectLike('a TypeRegistry', 'TypeRegistry', (value) => typeof value === 'object'),
    doc: 'Encoders and decoders of custom types.',
    uri: false,
  },
  {
    name: 'int64',
    kind: choice(INT64_CONVERSIONS),
    doc: 'What a 64-bit integer becomes: `auto` a number up to 2^53 on either side and a `Long` beyond; `bigint`; `number-or-throw` a number, and an error beyond 2^53; `Long`.',
    default: 'auto',
  },
  {
    name: 'exactNumbers',
    kind: flag,
    doc: 'Numbers become `Int32`, `Long` and `Double`, so that they are written back byte for byte.',
    default: false,
  },
  {
    name: 'undefinedValues',
    kind: choice(UNDEFINED_VALUES),
    doc: 'What becomes of a field with the value `undefined`: left out, written as null, or an error. In filters it is always an error.',
    default: 'omit',
  },
  {
    name: 'addIdToDocuments',
    kind: flag,
    doc: 'Whether a generated `_id` is also written into the inserted object; the result reports it in any case.',
    default: true,
  },
];

export const APPLICATION_OPTIONS: readonly OptionSpec[] = [
  {
    name: 'appName',
    kind: text({ expected: 'a string of 1 to 128 bytes in UTF-8', maxBytes: 128 }),
    doc: 'Name of the application, which servers log and record in profiles.',
    aliases: [{ name: 'appname' }],
  },
  {
    name: 'driverInfo',
    kind: readBy('a DriverInfo', 'DriverInfo | DriverInfoObject', (value) => DriverInfo.from(value)),
    doc: 'Name, version and platform of a library built on the driver, which servers log.',
    uri: false,
    aliases: [{ name: 'driver' }],
  },
  {
    name: 'serverApi',
    kind: readBy('a ServerApi', 'ServerApi | ServerApiObject', (value) => ServerApi.from(value)),
    doc: 'Version of the Stable API that every command declares (server 5.0 and later).',
    uri: false,
  },
  {
    name: 'eventListeners',
    kind: objectLike(
      'a list of event listeners',
      'readonly EventListener[]',
      (value) => Array.isArray(value) && value.every(isEventListener),
    ),
    doc: 'Listeners of command, pool, heartbeat, server and topology events.',
    default: Object.freeze([]),
    defaultText: 'none',
    uri: false,
  },
  {
    name: 'connect',
    kind: flag,
    doc: 'Begin to look for servers in a later turn of the event loop instead of with the first operation. The constructor never waits.',
    defaultText: '`true`; `false` on function platforms',
  },
  {
    name: 'autoStartRequest',
    kind: flag,
    doc: 'Every flow of asynchronous calls keeps a connection of its own from its first operation on, as if it had called `startRequest()`. `maxPoolSize` bounds how many flows can be served.',
    default: false,
    uri: false,
  },
  {
    name: 'reopenOnUse',
    kind: flag,
    doc: 'Use after `close()` opens the client again instead of being refused with `InvalidOperation`.',
    default: false,
  },
  {
    name: 'runtime',
    kind: objectLike(
      'a Runtime',
      'Runtime',
      (value) => typeof value === 'object' && value !== null && 'setTimer' in value,
    ),
    doc: 'Clock, timers, chance, DNS and network that the client uses, for tests and other platforms.',
    defaultText: "Node's",
    uri: false,
  },
];
