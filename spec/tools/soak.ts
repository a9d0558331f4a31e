import { readdirSync } from 'node:fs';
import { SoakReport, type Soak } from './soak-report.js';

/** `npm run soak -- NAME [...]` runs spec/soak/NAME.ts and ends with code 1 when one of its promises does not hold. */
const directory = new URL('../soak/', import.meta.url);

const names = readdirSync(directory)
  .filter((file) => file.endsWith('.ts') && !file.endsWith('.spec.ts'))
  .map((file) => file.slice(0, -3));

const load = async (name: string): Promise<Soak> =>
  ((await import(new URL(`${name}.ts`, directory).href)) as { readonly soak: Soak }).soak;

const list = async (): Promise<string> => {
  const lines = await Promise.all(names.map(async (name) => `  ${name}  ${(await load(name)).what}`));
  return `Usage: npm run soak -- NAME [options]\n${lines.join('\n')}\n`;
};

const [name = '', ...args] = process.argv.slice(2);
if (!names.includes(name)) {
  process.stderr.write(await list());
  process.exitCode = 2;
} else {
  const report = new SoakReport();
  await (await load(name)).run(report, args);
  process.exitCode = report.kept ? 0 : 1;
}
