import { describe, expect, it } from '@jest/globals';
import { parseVersion, VERSION_NAMES, VERSION_RULES } from '../../lib/testing/versions.js';

describe('ServerVersion', () => {
  it.each([
    ['4.2', 8],
    ['4.4', 9],
    ['5.0', 13],
    ['6.0', 17],
    ['7.0', 21],
    ['8.0', 25],
    ['8.2', 27],
  ])('%s has wire version %d', (name, wire) => {
    expect(parseVersion(name).wireVersion).toBe(wire);
    expect(parseVersion(`${name}.3`).name).toBe(name);
  });

  it('refuses a version without rules', () => {
    expect(() => parseVersion('3.6')).toThrow(/Unknown server version "3.6"/);
    expect(() => parseVersion('toString')).toThrow(TypeError);
  });

  it('holds a rule from its first version to the one that ended it', () => {
    const names = VERSION_NAMES.filter((name) => parseVersion(name).has('stableApi'));
    expect(names).toEqual(['5.0', '6.0', '7.0', '8.0', '8.2']);
    for (const [name, rule] of Object.entries(VERSION_RULES)) {
      expect({ name, stated: rule.rule.length > 0 && rule.source.length > 0 }).toEqual({
        name,
        stated: true,
      });
    }
  });
});
