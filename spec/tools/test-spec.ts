/**
 * `npm run test:spec -- [--suite NAME]... [--driver asyncmongo|official] [--matrix full] [--json FILE]`: the official
 * test files of `SPEC_DATA_DIR`, on `MONGODB_URI` or embedded deployments. Ends with `N passed, N failed, N skipped`.
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { countSuites, renderReport, totals } from './official-report.js';
import { runOfficialSuites } from './official-suites.js';

const { values } = parseArgs({
  options: {
    suite: { type: 'string', multiple: true, default: [] },
    driver: { type: 'string', default: 'asyncmongo' },
    matrix: { type: 'string', default: 'default' },
    json: { type: 'string' },
  },
});
const { driver, matrix, suite: suites, json } = values;
if (driver !== 'asyncmongo' && driver !== 'official')
  throw new Error(`--driver is asyncmongo or official, not ${driver}`);
if (matrix !== 'default' && matrix !== 'full') throw new Error(`--matrix is default or full, not ${matrix}`);

const outcome = await runOfficialSuites({ suites, driver, fullMatrix: matrix === 'full' }).catch(
  (error: unknown) => {
    console.error((error as Error).message);
    console.log('0 passed, 1 failed, 0 skipped');
    process.exit(1);
  },
);
if (outcome) {
  const { results } = outcome;
  const { passed, failed, skipped } = totals(results);
  if (json !== undefined)
    writeFileSync(
      json,
      `${JSON.stringify({ driver, matrix, suites: countSuites(results), cases: results }, null, 2)}\n`,
    );
  console.log(renderReport(results));
  console.log(`${String(passed)} passed, ${String(failed)} failed, ${String(skipped)} skipped`);
  process.exitCode = failed === 0 ? 0 : 1;
} else {
  console.log('0 passed, 0 failed, 1 skipped');
}
