/**
 * `npm run simulate`: bundles simulate.ts and runs the bundle. `tsx` keeps the names of functions, which makes each closure
 * cost a call when it is created: the simulation, which creates little else, takes half as long again that way.
 */
import { rm } from 'node:fs/promises';
import { setSourceMapsEnabled } from 'node:process';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const bundle = new URL(`../../node_modules/.cache/asyncmongo/simulate-${process.pid}.mjs`, import.meta.url);

await build({
  entryPoints: [fileURLToPath(new URL('simulate.ts', import.meta.url))],
  outfile: fileURLToPath(bundle),
  bundle: true,
  format: 'esm',
  platform: 'node',
  packages: 'external',
  sourcemap: 'inline',
  target: `node${process.versions.node}`,
  logLevel: 'error',
});
setSourceMapsEnabled(true);
try {
  await import(bundle.href);
} finally {
  await rm(bundle);
}
