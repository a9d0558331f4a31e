import { inspect } from 'node:util';
import { ConfigurationError } from '../core/errors/usage.js';
import { describeType } from './describe-type.js';

export interface DriverInfoObject {
  readonly name: string;
  readonly version?: string | undefined;
  readonly platform?: string | undefined;
}

/** Name, version and platform of a library built on the driver; servers log them beside the driver's own. */
export class DriverInfo {
  readonly name: string;
  readonly version: string | undefined;
  readonly platform: string | undefined;

  constructor(name: string, version?: string | null, platform?: string | null) {
    this.name = checkPart('name', name) ?? '';
    if (this.name === '') throw new TypeError('The name of a DriverInfo must be a string that is not empty');
    this.version = checkPart('version', version);
    this.platform = checkPart('platform', platform);
    Object.freeze(this);
  }

  static from(value: unknown): DriverInfo {
    if (value instanceof DriverInfo) return value;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw new TypeError(
        `driverInfo must be a DriverInfo or {name, version, platform}, got ${describeType(value)}`,
      );
    }
    const { name, version, platform } = value as Record<string, unknown>;
    return new DriverInfo(name as string, version as string, platform as string);
  }

  [inspect.custom](): string {
    const parts = [this.name, this.version, this.platform].filter((part) => part !== undefined);
    return `DriverInfo(${parts.map((part) => inspect(part)).join(', ')})`;
  }
}

const checkPart = (name: string, value: unknown): string | undefined => {
  if (value == null) return undefined;
  if (typeof value !== 'string') {
    throw new TypeError(`The ${name} of a DriverInfo must be a string, got ${describeType(value)}`);
  }
  // The handshake joins the parts of several libraries with this character.
  if (value.includes('|')) throw new ConfigurationError(`The ${name} of a DriverInfo must not contain "|"`);
  // Handshake specification, "Appending metadata": what is empty is not set.
  return value === '' ? undefined : value;
};
