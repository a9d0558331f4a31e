import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { ROOMS, forbiddenImports, importCycles, readImportGraph } from './import-graph.js';

const folder = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

describe('the house', () => {
  const root = folder('../../lib');
  const edges = readImportGraph(root);

  it('has no import that the table of rooms forbids', () => {
    expect(edges.length).toBeGreaterThan(100);
    expect(forbiddenImports(edges)).toEqual([]);
  });

  it('has no cycle, type imports counted', () => {
    expect(importCycles(edges)).toEqual([]);
  });

  it('has only the rooms of the table', () => {
    const rooms = readdirSync(root, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    expect(rooms.map(({ name }) => name).filter((name) => !(name in ROOMS))).toEqual([]);
  });
});

describe('a badly built house', () => {
  const edges = readImportGraph(folder('../support/fixtures/bad-imports'));

  it('is caught at every forbidden import', () => {
    expect(forbiddenImports(edges)).toEqual([
      'bson/reads-wire.ts imports wire/frame.ts: bson may not import wire',
      'client/from-barrel.ts imports index.ts: a barrel',
      'core/lazy.ts imports client/from-barrel.ts: core may not import client',
      'operations/value-of-wire.ts imports wire/frame.ts: operations may not import wire',
    ]);
  });

  it('is caught at a cycle of type imports', () => {
    expect(importCycles(edges)).toEqual([['wire/frame.ts', 'wire/reply.ts']]);
  });
});
