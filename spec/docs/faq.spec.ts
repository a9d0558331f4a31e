import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import ts from 'typescript';

const faq = readFileSync(new URL('../../docs/faq.md', import.meta.url), 'utf8');
const headings = [...faq.matchAll(/^## (.*)$/gm)].map(([, heading]) => heading ?? '');
const examples = [...faq.matchAll(/^```ts[^\n]*\n(.*?)^```$/gms)].map(([, code]) => code ?? '');

/** What the reference page answers, and a word of the heading that answers it here. */
const SUBJECTS: readonly (readonly [subject: string, heading: RegExp])[] = [
  ['concurrent use', /many requests at a time/],
  ['forks and processes', /workers and child processes/],
  ['one client, many requests', /client for each request/],
  ['connection pooling', /connection pooling/],
  ['supported language versions', /versions of Node.js/],
  ['asynchronous frameworks', /asynchronous frameworks/i],
  ['the _id that is added', /add an `_id`/],
  ['key order in subdocuments', /key order in subdocuments/i],
  ['CursorNotFound', /CursorNotFound/],
  ['timeout of cursors', /timeout of cursors/],
  ['decimals', /decimal numbers/],
  ['9.99', /9\.99/],
  ['attribute-style access', /attribute-style/],
  ['time zones', /time zones/],
  ['dates without time', /date without a time/],
  ['dates of other drivers', /decoding a date/],
  ['ObjectId in web applications', /ObjectId find nothing/],
  ['a web framework', /Express/],
  ['application servers', /application servers/],
  ['JSON', /as JSON/],
  ['data frames', /data frame/],
];

describe('docs/faq.md', () => {
  it.each(SUBJECTS)('[PROC-11] answers the question of %s', (_subject, heading) => {
    expect(headings.filter((text) => heading.test(text))).toHaveLength(1);
  });

  it('[PROC-11] links every heading from its list', () => {
    const listed = [...faq.matchAll(/^- \[(.*)\]\(#(.*)\)$/gm)];
    expect(listed.map(([, text]) => text)).toEqual(headings);
    for (const [, text, anchor] of listed) {
      const plain = (text ?? '')
        .toLowerCase()
        .replace(/[^\w\s-]/g, '')
        .replaceAll(' ', '-');
      expect(anchor).toBe(plain);
    }
  });

  it('has examples that are valid TypeScript', () => {
    expect(examples.length).toBeGreaterThanOrEqual(12);
    for (const code of examples) {
      const { diagnostics } = ts.transpileModule(code, {
        reportDiagnostics: true,
        compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ESNext },
      });
      expect(diagnostics).toEqual([]);
    }
  });
});
