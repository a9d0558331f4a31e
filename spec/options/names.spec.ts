import { describe, expect, it } from '@jest/globals';
import { InvalidName } from '../../lib/core/errors/usage.js';
import { checkCollectionName, checkDatabaseName } from '../../lib/options/names.js';

describe('database names', () => {
  it.each([' ', '.', '$', '/', '\\', '"', '\0'])('[NAME-4] [NAME-5] must not contain %j', (character) => {
    const shown = character === ' ' ? 'a space' : character === '\0' ? 'a NUL character' : `"${character}"`;
    expect(() => {
      checkDatabaseName(`a${character}b`);
    }).toThrow(InvalidName);
    expect(() => {
      checkDatabaseName(`a${character}b`);
    }).toThrow(shown);
  });

  it('[NAME-5] must be strings that are not empty', () => {
    expect(() => {
      checkDatabaseName('');
    }).toThrow(InvalidName);
    for (const name of [5, null, undefined, {}]) {
      expect(() => {
        checkDatabaseName(name);
      }).toThrow(TypeError);
    }
  });

  it('may be anything else', () => {
    for (const name of ['test', 'test-database', '__my_database__', 'żółw', 'a'.repeat(63)])
      checkDatabaseName(name);
  });
});

describe('collection names', () => {
  it.each(['', '$', 'a$b', '.a', 'a.', 'a..b', 'a\0b', '.', '..'])('[NAME-7] %j is refused', (name) => {
    expect(() => {
      checkCollectionName(name);
    }).toThrow(InvalidName);
  });

  it('[NAME-7] must be strings', () => {
    expect(() => {
      checkCollectionName(5);
    }).toThrow(TypeError);
  });

  it('may contain "$" where the server has such collections', () => {
    for (const name of ['counts', 'a.b', 'a-b', ' ', '$cmd', '$cmd.aggregate', 'oplog.$main', '_x']) {
      checkCollectionName(name);
    }
  });
});
