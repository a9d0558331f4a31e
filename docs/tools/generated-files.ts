import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { optionReference, optionsType } from './option-reference.js';

export interface GeneratedFile {
  /** Absolute. */
  readonly path: string;
  readonly text: string;
}

const fromRoot = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));

const formatted = async (name: string, text: string): Promise<GeneratedFile> => {
  const path = fromRoot(name);
  return { path, text: await format(text, { ...(await resolveConfig(path)), filepath: path }) };
};

/** Every file that is written from the sources, as it should be. */
export const generatedFiles = (): Promise<GeneratedFile[]> =>
  Promise.all([
    formatted('docs/options.md', optionReference()),
    formatted('lib/options/async-mongo-client-options.ts', optionsType()),
  ]);
