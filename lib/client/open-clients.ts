/** Clients of the same hosts that are open at one time before a hint is given (PROC-5). */
const MANY = 25;

interface OpenClient {
  readonly hosts: string;
}

/** Clients that have begun to work and are not closed. Holds no client, so that none is kept alive by it. */
const open = new Set<OpenClient>();
let hinted = false;

const warnOfForgotten = (): void => {
  if (open.size === 0) return;
  const hosts = [...new Set([...open].map((client) => client.hosts))].join('; ');
  process.emitWarning(
    `The process ends with ${String(open.size)} AsyncMongoClient${open.size === 1 ? '' : 's'} left open (${hosts}): call close()`,
    { type: 'AsyncMongoWarning', code: 'ASYNCMONGO_CLIENT_LEFT_OPEN' },
  );
};

const hintAtMany = (hosts: string): void => {
  if (hinted || [...open].filter((client) => client.hosts === hosts).length < MANY) return;
  hinted = true;
  process.emitWarning(
    `${String(MANY)} clients of ${hosts} are open: create one AsyncMongoClient per process and share it`,
    { type: 'AsyncMongoWarning', code: 'ASYNCMONGO_MANY_CLIENTS' },
  );
};

/** Counts a client among the open ones until the returned function is called. */
export const registerOpenClient = (hosts: string): (() => void) => {
  const client = { hosts };
  if (open.size === 0) process.once('beforeExit', warnOfForgotten);
  open.add(client);
  hintAtMany(hosts);
  return () => {
    open.delete(client);
    if (open.size === 0) process.off('beforeExit', warnOfForgotten);
  };
};
