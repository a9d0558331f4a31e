import { ConfigurationError } from '../core/errors/usage.js';
import type { MechanismProperties } from './credentials.js';
import { didYouMean } from './suggest.js';
import type { ValueKind } from './value-kinds.js';

/** Properties that a connection string may hold, and those that are no text. */
const TEXT_PROPERTIES = [
  'SERVICE_NAME',
  'SERVICE_REALM',
  'SERVICE_HOST',
  'CANONICALIZE_HOST_NAME',
  'AWS_SESSION_TOKEN',
  'ENVIRONMENT',
  'TOKEN_RESOURCE',
] as const;
const OBJECT_PROPERTIES = ['OIDC_CALLBACK', 'OIDC_HUMAN_CALLBACK', 'ALLOWED_HOSTS'] as const;

const EXPECTED = 'NAME:value pairs joined by commas, or an object of them';

/**
 * `authMechanismProperties`: names in any letter case (authentication specification, "Naming"), a value is everything
 * after the first colon. A name that no mechanism has is refused wherever it stands, since leaving it out could
 * authenticate otherwise than was asked for.
 */
export const mechanismProperties: ValueKind = {
  expected: EXPECTED,
  type: 'string | Readonly<Record<string, unknown>>',
  check: (value) => {
    if (typeof value === 'string') {
      const { properties, malformed } = pairsOf(value);
      return malformed > 0 ? { wrong: 'value', expected: EXPECTED } : { value: properties };
    }
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      return { wrong: 'type', expected: EXPECTED };
    const properties: Record<string, unknown> = {};
    for (const [name, property] of Object.entries(value)) {
      if (property != null)
        properties[knownName(name, [...TEXT_PROPERTIES, ...OBJECT_PROPERTIES])] = property;
    }
    checkTypes(properties);
    return { value: properties };
  },
  fromText: (text, warn) => {
    const { properties, malformed } = pairsOf(text);
    if (malformed > 0) {
      warn(
        'authMechanismProperties holds a part without ":", which is left out; a value cannot contain a comma',
      );
    }
    return properties;
  },
};

const pairsOf = (text: string): { properties: MechanismProperties; malformed: number } => {
  const properties: Record<string, string> = {};
  let malformed = 0;
  for (const pair of text.split(',')) {
    const colon = pair.indexOf(':');
    if (colon < 1) malformed += 1;
    else properties[knownName(pair.slice(0, colon).trim(), TEXT_PROPERTIES)] = pair.slice(colon + 1);
  }
  return { properties, malformed };
};

const knownName = (name: string, known: readonly string[]): string => {
  const upper = name.toUpperCase();
  if (known.includes(upper)) return upper;
  // A name that does not look like one may be a piece of a value, and that may be secret.
  const shown = /^\w{1,40}$/.test(name) ? `"${name}" ` : '';
  throw new ConfigurationError(
    `authMechanismProperties: the name ${shown}is not known${didYouMean(name, known)}; it is one of ${known.join(', ')}`,
  );
};

const checkTypes = (properties: Record<string, unknown>): void => {
  for (const [name, value] of Object.entries(properties)) {
    if (name === 'OIDC_CALLBACK' || name === 'OIDC_HUMAN_CALLBACK') {
      if (typeof value !== 'function') throw new TypeError(`${name} must be a function`);
    } else if (name === 'ALLOWED_HOSTS') {
      if (!Array.isArray(value) || !value.every((host) => typeof host === 'string')) {
        throw new TypeError('ALLOWED_HOSTS must be a list of strings');
      }
    } else if (
      typeof value !== 'string' &&
      !(name === 'CANONICALIZE_HOST_NAME' && typeof value === 'boolean')
    ) {
      throw new TypeError(`${name} must be a string`);
    }
  }
};
