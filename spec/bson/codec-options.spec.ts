import { describe, expect, it } from '@jest/globals';
import { inspect } from 'node:util';
import { CodecOptions, DEFAULT_CODEC_OPTIONS, RawBSONDocument, SON, TypeRegistry } from '../../lib/bson.js';

describe('CodecOptions', () => {
  it('[CODEC-7] is frozen, copied with changes, and printed', () => {
    const options = new CodecOptions({ int64: 'bigint' });
    const changed = options.withOptions({ undefinedValues: 'null' });
    expect(changed).toMatchObject({ int64: 'bigint', undefinedValues: 'null' });
    expect(options.undefinedValues).toBe('omit');
    expect(changed.withOptions({ int64: undefined }).int64).toBe('auto');
    expect(() => {
      (options as { int64: string }).int64 = 'auto';
    }).toThrow(TypeError);
    expect(inspect(options)).toMatch(/^CodecOptions \{ documentClass: Object, .*int64: 'bigint'/);
  });

  it('has the documented defaults', () => {
    expect(DEFAULT_CODEC_OPTIONS).toMatchObject({
      documentClass: Object,
      tzAware: false,
      tzinfo: undefined,
      datetimeConversion: 'datetime',
      uuidRepresentation: 'unspecified',
      unicodeDecodeErrorHandler: 'strict',
      int64: 'auto',
      exactNumbers: false,
      undefinedValues: 'omit',
    });
  });

  it('[CODEC-3] refuses unsuitable document classes', () => {
    for (const documentClass of [Number, Array, Set, Uint8Array, Date, {}, null, 'Map', () => ({})]) {
      expect(() => new CodecOptions({ documentClass: documentClass as never })).toThrow(TypeError);
    }
    for (const documentClass of [Object, Map, SON, RawBSONDocument, class extends SON {}]) {
      expect(new CodecOptions({ documentClass }).documentClass).toBe(documentClass);
    }
  });

  it('refuses unknown options and values that are none', () => {
    const wrong: readonly Record<string, unknown>[] = [
      { int64: 'number' },
      { datetimeConversion: 'date' },
      { uuidRepresentation: 'foo' },
      { unicodeDecodeErrorHandler: 'loose' },
      { undefinedValues: 'ignore' },
      { uuidRepresentaton: 'standard' },
      { tzinfo: 'UTC' },
      { tzAware: true, tzinfo: 'Nowhere/Land' },
    ];
    for (const options of wrong) {
      expect(() => new CodecOptions(options)).toThrow(
        expect.objectContaining({ name: 'ConfigurationError' }),
      );
    }
    for (const options of [{ tzAware: 'yes' }, { exactNumbers: 1 }, { typeRegistry: {} }]) {
      expect(() => new CodecOptions(options as never)).toThrow(TypeError);
    }
  });

  it('accepts every documented value, and camel case for datetimeConversion', () => {
    for (const [given, kept] of [
      ['datetime', 'datetime'],
      ['datetime_ms', 'datetime_ms'],
      ['datetimeMs', 'datetime_ms'],
      ['datetimeAuto', 'datetime_auto'],
      ['datetimeClamp', 'datetime_clamp'],
    ]) {
      expect(new CodecOptions({ datetimeConversion: given as never }).datetimeConversion).toBe(kept);
    }
    for (const uuidRepresentation of [
      'unspecified',
      'standard',
      'pythonLegacy',
      'javaLegacy',
      'csharpLegacy',
    ] as const) {
      expect(new CodecOptions({ uuidRepresentation }).uuidRepresentation).toBe(uuidRepresentation);
    }
    expect(new CodecOptions({ typeRegistry: new TypeRegistry() })).toBeInstanceOf(CodecOptions);
  });
});
