import { parseCliArguments, USAGE } from './cli-arguments.js';
import { serveControl } from './control-channel.js';
import { startDeployment } from './deployment.js';

/** Runs a deployment as a process: one line of JSON on standard output says where it is. */
const main = async (): Promise<void> => {
  const { options, withParent, help } = parseCliArguments(process.argv.slice(2));
  if (help) {
    process.stdout.write(USAGE);
    return;
  }
  const deployment = await startDeployment(options);
  const stop = (): void => {
    void deployment.stop().finally(() => process.exit(0));
  };
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  if (withParent) {
    process.stdin.once('end', stop);
    process.stdin.once('error', stop);
    serveControl(deployment.control, process.stdin, process.stdout);
  }
  const { uri, singleRouterUri, hosts, socketPaths, caFile } = deployment;
  process.stdout.write(`${JSON.stringify({ uri, singleRouterUri, hosts, socketPaths, caFile })}\n`);
};

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
