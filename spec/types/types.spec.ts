import { describe, expect, it } from '@jest/globals';
import * as path from 'node:path';
import ts from 'typescript';

const FIXTURES = path.join(import.meta.dirname, 'fixtures');

/** What a user's project has: `strict` and nothing stricter. */
const OPTIONS: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2023,
  lib: ['lib.es2023.d.ts', 'lib.esnext.disposable.d.ts', 'lib.esnext.promise.d.ts'],
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  types: ['node'],
  strict: true,
  noEmit: true,
  skipLibCheck: true,
};

const messagesOf = (...names: readonly string[]): readonly string[] => {
  const files = names.map((name) => path.join(FIXTURES, name));
  const program = ts.createProgram(files, OPTIONS);
  return files.flatMap((file) => {
    const source = program.getSourceFile(file);
    return program.getSemanticDiagnostics(source).map((diagnostic) => {
      const line = source?.getLineAndCharacterOfPosition(diagnostic.start ?? 0).line ?? 0;
      return `${path.basename(file)}:${String(line + 1)} ${ts.flattenDiagnosticMessageText(diagnostic.messageText, ' ')}`;
    });
  });
};

describe('the public types', () => {
  it('[CONN-2] [NAME-2] [CODEC-2] compile ordinary code, and find mistakes', () => {
    // One program for both files: most of the time goes into the sources of the driver.
    expect(messagesOf('accepted.ts', 'refused.ts')).toEqual([]);
  }, 60_000);
});
