/** The subpath `asyncmongo/bson`: values, documents and the codec, usable without a client. */
export * from './bson/values.js';
export { DATETIME_MAX, DATETIME_MIN } from './bson/datetime-ms.js';
export { SON, type Document, type DocumentLike } from './bson/document.js';
export {
  CodecOptions,
  DEFAULT_CODEC_OPTIONS,
  type CodecOptionFields,
  type DatetimeConversion,
  type DocumentClass,
  type Int64Conversion,
  type UndefinedValues,
  type UnicodeDecodeErrorHandler,
  type UuidRepresentation,
} from './bson/codec-options.js';
export {
  TypeRegistry,
  type FallbackEncoder,
  type TypeCodec,
  type TypeDecoder,
  type TypeEncoder,
} from './bson/type-registry.js';
export { encodeDocument, type EncodeOptions } from './bson/encoder.js';
export { decodeDocument } from './bson/decoder.js';
export { RawBSONDocument } from './bson/raw-document.js';
export { VectorType, decodeVector, encodeVector, type Vector } from './bson/binary-vector.js';
export { InvalidBSON, InvalidDocument } from './core/errors/bson.js';
export {
  parseExtendedJson,
  stringifyExtendedJson,
  type ParseExtendedJsonOptions,
  type StringifyExtendedJsonOptions,
} from './bson/extended-json.js';
export { ObjectIdMap, ObjectIdSet, objectIdKey } from './bson/object-id-map.js';
