import { readFileSync } from 'node:fs';
import ts from 'typescript';

/** The text of a page under docs/. */
export const readGuide = (name: string): string =>
  readFileSync(new URL(`../../docs/${name}`, import.meta.url), 'utf8');

/** The TypeScript examples of a page. */
export const examplesOf = (page: string): string[] =>
  [...page.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code]) => code ?? '');

/** Statements as an async function of these parameters. */
export const asFunction = <TFunction>(parameters: string, statements: string): TFunction => {
  const { outputText } = ts.transpileModule(`return (async (${parameters}) => {${statements}});`, {
    compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext },
  });
  return (new Function(outputText) as () => TFunction)();
};
