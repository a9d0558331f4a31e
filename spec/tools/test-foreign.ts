/**
 * `npm run test:foreign`: the integration suite against FerretDB, a server of another maker, where a Go toolchain is
 * on PATH to build it; otherwise a clear skip. Ends with `N passed, N failed, N skipped`.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { runJest } from './run-jest.js';

const SOURCE = fileURLToPath(new URL('../foreign/server', import.meta.url));
const BINARY = fileURLToPath(new URL('../foreign/bin/foreign-server', import.meta.url));

interface Addresses {
  readonly uri: string;
  readonly tlsUri: string;
  readonly caFile: string;
}

const hasGo = (): boolean => spawnSync('go', ['version'], { stdio: 'ignore' }).status === 0;

if (!hasGo()) {
  console.log('The foreign server is built with Go, and no Go toolchain is on PATH: its suite is skipped.');
  console.log('0 passed, 0 failed, 1 skipped');
  process.exit(0);
}

console.log('Building FerretDB v1.24.2 (SQLite backend); the first build takes about a minute');
const build = spawnSync('go', ['build', '-o', BINARY, '.'], { cwd: SOURCE, stdio: 'inherit' });
if (build.status !== 0) {
  console.log('The foreign server could not be built.');
  console.log('0 passed, 1 failed, 0 skipped');
  process.exit(1);
}

const server = spawn(BINARY, { stdio: ['pipe', 'pipe', 'inherit'] });
const [line] = (await once(createInterface({ input: server.stdout }), 'line')) as [string];
const { uri, tlsUri, caFile } = JSON.parse(line) as Addresses;
try {
  const { passed, failed, skipped } = await runJest(['spec/integration'], {
    INTEGRATION_SERVER: 'ferretdb',
    INTEGRATION_URI: uri,
    INTEGRATION_TLS_URI: tlsUri,
    INTEGRATION_CA_FILE: caFile,
  });
  console.log(`${String(passed)} passed, ${String(failed)} failed, ${String(skipped)} skipped`);
  process.exitCode = failed === 0 ? 0 : 1;
} finally {
  server.stdin.end();
}
