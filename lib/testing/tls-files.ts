import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A file that clients can name as `tlsCAFile`. */
export interface CaFile {
  readonly path: string;
  remove(): void;
}

/** Writes the certificate of the authority into a new temporary directory. */
export const writeCaFile = (ca: string): CaFile => {
  const directory = mkdtempSync(join(tmpdir(), 'asyncmongo-deployment-'));
  const path = join(directory, 'ca.pem');
  writeFileSync(path, ca);
  return { path, remove: () => rmSync(directory, { recursive: true, force: true }) };
};
