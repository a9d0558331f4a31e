import { spawn, type ChildProcess } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { nodeRuntime } from '../core/node-runtime.js';
import { toCliArguments, type SpawnOptions } from './cli-arguments.js';
import { ControlChannel, readLines, type Holdable } from './control-channel.js';
import type { DeploymentControl } from './deployment-control.js';
import type { DeploymentAddress } from './deployment-options.js';

export type { SpawnOptions };

/** A deployment in a process of its own. */
export interface SpawnedDeployment extends DeploymentAddress, AsyncDisposable {
  /** Id of the process. */
  readonly pid: number;
  /** Elections, crashes, partitions and faults of the network, over the standard input of the process. */
  readonly control: DeploymentControl;
  /** Ends the process; resolves when it is gone. */
  stop(): Promise<void>;
}

/** How long a start, and an orderly end, may take. */
const START_MS = 45_000;
const STOP_MS = 5_000;

/** Arguments of `node` that run the command line: the built file, or the source through tsx. */
const scriptArguments = (): string[] => {
  const own = import.meta.url;
  const extension = own.slice(own.lastIndexOf('.'));
  const script = fileURLToPath(new URL(`./cli${extension}`, own));
  if (extension !== '.ts') return [script];
  const loader = createRequire(own).resolve('tsx');
  return ['--import', pathToFileURL(loader).href, script];
};

const exited = (child: ChildProcess): Promise<void> =>
  new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) resolve();
    else child.once('exit', () => resolve());
  });

/** The first line that the process prints. */
const firstLine = (child: ChildProcess): Promise<string> =>
  new Promise((resolve, reject) => {
    let text = '';
    let errors = '';
    const timer = nodeRuntime.setTimer(START_MS, () => fail('did not start in time'), true);
    const fail = (why: string): void => {
      timer.clear();
      child.kill('SIGKILL');
      reject(new Error(`The embedded deployment ${why}${errors === '' ? '' : `: ${errors.trim()}`}`));
    };
    child.once('error', (error) => fail(`could not be started: ${error.message}`));
    child.once('close', (code) => fail(`ended with code ${String(code)}`));
    child.stderr?.on('data', (chunk: Buffer) => {
      errors = (errors + chunk.toString('utf8')).slice(-4096);
    });
    child.stdout?.on('data', (chunk: Buffer) => {
      text += chunk.toString('utf8');
      const end = text.indexOf('\n');
      if (end < 0) return;
      timer.clear();
      child.removeAllListeners('close');
      resolve(text.slice(0, end));
    });
  });

/** Neither the process nor its pipes keep this process alive; what it complains about later goes to our stderr. */
const letGo = (child: ChildProcess, onLine: (line: string) => void): void => {
  const output = child.stdout?.removeAllListeners('data');
  if (output) readLines(output, onLine);
  child.stderr?.removeAllListeners('data').on('data', (chunk: Buffer) => process.stderr.write(chunk));
  child.unref();
  for (const stream of [child.stdin, child.stdout, child.stderr])
    (stream as { unref?(): void } | null)?.unref?.();
};

/**
 * Starts an embedded deployment in a child process, which ends with this process at the latest. Fail points and data are
 * its own. Rejects where it does not start.
 */
export const spawnDeployment = async (options: SpawnOptions = {}): Promise<SpawnedDeployment> => {
  const child = spawn(process.execPath, [...scriptArguments(), '--with-parent', ...toCliArguments(options)], {
    stdio: ['pipe', 'pipe', 'pipe'],
    // Loaders and inspectors of this process are none of the child's business.
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  child.stdin.on('error', () => undefined);
  const address = JSON.parse(await firstLine(child)) as DeploymentAddress;
  const channel = new ControlChannel(child.stdin, child.stdout as Holdable);
  letGo(child, (line) => channel.receive(line));
  child.once('exit', () => channel.close());
  const stop = async (): Promise<void> => {
    child.stdin.end();
    const timer = nodeRuntime.setTimer(STOP_MS, () => child.kill('SIGKILL'), true);
    await exited(child);
    timer.clear();
  };
  return {
    ...address,
    caFile: address.caFile,
    pid: child.pid ?? 0,
    control: channel.control,
    stop,
    [Symbol.asyncDispose]: stop,
  };
};
