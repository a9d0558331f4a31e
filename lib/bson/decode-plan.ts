import {
  DEFAULT_CODEC_OPTIONS,
  isPlainDocumentClass,
  isRawDocumentClass,
  type CodecOptions,
  type MapLikeClass,
  type RawDocumentClass,
} from './codec-options.js';

/** What the decoder asks of codec options, worked out once per options value. */
export interface DecodePlan {
  readonly options: CodecOptions;
  /** The ordered class of documents; undefined for plain objects. */
  readonly mapClass: MapLikeClass | undefined;
  /** The class of top-level documents that keep their bytes. */
  readonly rawClass: RawDocumentClass | undefined;
  /** Dates are plain `Date`s as far as those reach. */
  readonly plainDates: boolean;
  /** Numbers are what is stored, without wrapper classes and checks. */
  readonly plainNumbers: boolean;
  /** 64-bit integers are numbers as far as those are exact. */
  readonly plainLongs: boolean;
  /** A custom type may replace any value. */
  readonly transforms: boolean;
}

const plans = new WeakMap<CodecOptions, DecodePlan>();

const makePlan = (options: CodecOptions): DecodePlan => {
  const { documentClass } = options;
  const rawClass = isRawDocumentClass(documentClass) ? documentClass : undefined;
  const ordered = rawClass === undefined && !isPlainDocumentClass(documentClass);
  return {
    options,
    rawClass,
    mapClass: ordered ? (documentClass as MapLikeClass) : undefined,
    plainDates: options.datetimeConversion !== 'datetime_ms' && !options.tzAware,
    plainNumbers: !options.exactNumbers,
    plainLongs: !options.exactNumbers && (options.int64 === 'auto' || options.int64 === 'number-or-throw'),
    transforms: options.typeRegistry.hasDecoders,
  };
};

export const DEFAULT_PLAN: DecodePlan = makePlan(DEFAULT_CODEC_OPTIONS);

export const planOf = (options: CodecOptions | undefined): DecodePlan => {
  if (options === undefined || options === DEFAULT_CODEC_OPTIONS) return DEFAULT_PLAN;
  let plan = plans.get(options);
  if (plan === undefined) {
    plan = makePlan(options);
    plans.set(options, plan);
  }
  return plan;
};
