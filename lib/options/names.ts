import { InvalidName } from '../core/errors/usage.js';
import { describeType } from './describe-type.js';

const DATABASE_FORBIDDEN = [' ', '.', '$', '/', '\\', '"', '\0'];

const show = (character: string): string => (character === '\0' ? 'a NUL character' : `"${character}"`);

/** Throws `InvalidName` for a database name that servers refuse, `TypeError` for anything but a string (NAME-5). */
export const checkDatabaseName = (name: unknown): void => {
  if (typeof name !== 'string')
    throw new TypeError(`A database name must be a string, got ${describeType(name)}`);
  if (name === '') throw new InvalidName('A database name must not be empty');
  const found = DATABASE_FORBIDDEN.find((character) => name.includes(character));
  if (found !== undefined) {
    throw new InvalidName(
      `The database name ${JSON.stringify(name)} must not contain ${found === ' ' ? 'a space' : show(found)}`,
    );
  }
};

/** `$cmd` and the aggregation namespace of a database are collections to the server. */
const NAMES_WITH_DOLLAR = /^(?:\$cmd(?:\..*)?|oplog\.\$main)$/;

/** Throws `InvalidName` for a collection name that servers refuse, `TypeError` for anything but a string (NAME-7). */
export const checkCollectionName = (name: unknown): void => {
  if (typeof name !== 'string')
    throw new TypeError(`A collection name must be a string, got ${describeType(name)}`);
  if (name === '') throw new InvalidName('A collection name must not be empty');
  const refuse = (rule: string): never => {
    throw new InvalidName(`The collection name ${JSON.stringify(name)} must not ${rule}`);
  };
  if (name.includes('\0')) refuse('contain a NUL character');
  if (name.includes('$') && !NAMES_WITH_DOLLAR.test(name)) refuse('contain "$"');
  if (name.startsWith('.')) refuse('start with "."');
  if (name.endsWith('.')) refuse('end with "."');
  if (name.includes('..')) refuse('contain ".."');
};
