import { CommandError } from '../command-error.js';
import { asDouble, isNumber } from './number.js';
import { isDoc, type Doc, type Maybe, type Value } from './value.js';

/** How strings compare; absent everywhere means by their UTF-8 bytes. */
export interface Collation {
  /** All fields, defaults filled in, as the server reports them. */
  readonly specification: Doc;
  compare(a: string, b: string): number;
  /** Equal texts for strings that compare equal. */
  key(text: string): string;
}

type FieldKind = 'string' | 'boolean' | 'strength' | 'case' | 'alternate' | 'variable';

/** Fields of a collation document with kind and default, in the order the server reports them. */
const FIELDS: ReadonlyMap<string, readonly [FieldKind, Value]> = new Map<string, readonly [FieldKind, Value]>(
  [
    ['caseLevel', ['boolean', false]],
    ['caseFirst', ['case', 'off']],
    ['strength', ['strength', 3]],
    ['numericOrdering', ['boolean', false]],
    ['alternate', ['alternate', 'non-ignorable']],
    ['maxVariable', ['variable', 'punct']],
    ['normalization', ['boolean', false]],
    ['backwards', ['boolean', false]],
    ['version', ['string', '57.1']],
  ],
);

const ALLOWED: Partial<Record<FieldKind, readonly string[]>> = {
  case: ['off', 'upper', 'lower'],
  alternate: ['non-ignorable', 'shifted'],
  variable: ['punct', 'space'],
};

const checkField = (name: string, kind: FieldKind, value: Value): Value => {
  const bad = (): never => {
    throw new CommandError('BadValue', `Field '${name}' is invalid in the collation`);
  };
  if (kind === 'boolean') return typeof value === 'boolean' ? value : bad();
  if (kind === 'strength') {
    const strength = isNumber(value) ? asDouble(value) : NaN;
    return Number.isInteger(strength) && strength >= 1 && strength <= 5 ? strength : bad();
  }
  if (typeof value !== 'string') return bad();
  return ALLOWED[kind]?.includes(value) === false ? bad() : value;
};

const complete = (specification: Doc): Doc => {
  const locale = specification.get('locale');
  if (locale === undefined) {
    throw new CommandError(40414, "BSON field 'collation.locale' is missing but a required field");
  }
  if (typeof locale !== 'string')
    throw new CommandError('TypeMismatch', "Field 'locale' of a collation must be a string");
  for (const name of specification.keys()) {
    if (name !== 'locale' && !FIELDS.has(name)) {
      throw new CommandError(40415, `BSON field 'collation.${name}' is an unknown field.`);
    }
  }
  const result: Doc = new Map<string, Value>([['locale', locale]]);
  for (const [name, [kind, fallback]] of FIELDS)
    result.set(name, checkField(name, kind, specification.get(name) ?? fallback));
  return result;
};

const sensitivityOf = (strength: number, caseLevel: boolean): 'base' | 'accent' | 'case' | 'variant' => {
  if (strength === 1) return caseLevel ? 'case' : 'base';
  if (strength === 2) return caseLevel ? 'variant' : 'accent';
  return 'variant';
};

const keyFunction = (strength: number, caseLevel: boolean, numeric: boolean, shifted: boolean) => {
  return (text: string): string => {
    let key = strength === 1 ? text.normalize('NFD').replace(/\p{M}/gu, '') : text.normalize('NFC');
    if (strength <= 2 && !caseLevel) key = key.toLowerCase();
    if (shifted && strength <= 3) key = key.replace(/[\s\p{P}]/gu, '');
    return numeric ? key.replace(/0+(?=\d)/g, '') : key;
  };
};

const cache = new Map<string, Collation>();

/**
 * Reads a collation document; undefined for none and for the locale `simple`. Fields as in the manual's "Collation"
 * reference; strings compare through `Intl.Collator`.
 */
export const parseCollation = (specification: Maybe): Collation | undefined => {
  if (specification === undefined || specification === null) return undefined;
  if (!isDoc(specification)) throw new CommandError('TypeMismatch', 'collation must be a document');
  if (specification.size === 0) return undefined;
  const full = complete(specification);
  const locale = String(full.get('locale'));
  if (locale === 'simple') return undefined;
  const cacheKey = JSON.stringify([...full]);
  const known = cache.get(cacheKey);
  if (known !== undefined) return known;
  const strength = full.get('strength') as number;
  const caseLevel = full.get('caseLevel') === true;
  const numeric = full.get('numericOrdering') === true;
  const shifted = full.get('alternate') === 'shifted';
  const caseFirst = full.get('caseFirst');
  const collator = ((): Intl.Collator => {
    try {
      return new Intl.Collator(locale.replaceAll('_', '-').replace('@collation=', '-u-co-'), {
        sensitivity: sensitivityOf(strength, caseLevel),
        numeric,
        ignorePunctuation: shifted,
        caseFirst: caseFirst === 'upper' || caseFirst === 'lower' ? caseFirst : 'false',
      });
    } catch {
      throw new CommandError('BadValue', `Field 'locale' is invalid in: { locale: "${locale}" }`);
    }
  })();
  const collation: Collation = {
    specification: full,
    compare: (a, b) => (a === b ? 0 : collator.compare(a, b)),
    key: keyFunction(strength, caseLevel, numeric, shifted),
  };
  cache.set(cacheKey, collation);
  return collation;
};
