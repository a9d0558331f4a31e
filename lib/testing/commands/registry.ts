import type { Command } from './command.js';
import { buildInfo } from './build-info.js';
import { configureFailPoint } from './configure-fail-point.js';
import { connectionStatus } from './connection-status.js';
import { createUser } from './create-user.js';
import { currentOp } from './current-op.js';
import { dropAllUsersFromDatabase } from './drop-all-users-from-database.js';
import { dropUser } from './drop-user.js';
import { enableSharding } from './enable-sharding.js';
import { endSessions } from './end-sessions.js';
import { fsync } from './fsync.js';
import { fsyncUnlock } from './fsync-unlock.js';
import { getCmdLineOpts } from './get-cmd-line-opts.js';
import { getDefaultRWConcern } from './get-default-rw-concern.js';
import { getLog } from './get-log.js';
import { getParameter } from './get-parameter.js';
import { hello } from './hello.js';
import { hostInfo } from './host-info.js';
import { isDbGrid } from './is-db-grid.js';
import { isMaster } from './is-master.js';
import { killAllSessions } from './kill-all-sessions.js';
import { killOp } from './kill-op.js';
import { killSessions } from './kill-sessions.js';
import { listCommands } from './list-commands.js';
import { listShards } from './list-shards.js';
import { logout } from './logout.js';
import { ping } from './ping.js';
import { refreshLogicalSessionCacheNow } from './refresh-logical-session-cache-now.js';
import { refreshSessions } from './refresh-sessions.js';
import { replSetGetConfig } from './repl-set-get-config.js';
import { replSetGetStatus } from './repl-set-get-status.js';
import { saslContinue } from './sasl-continue.js';
import { saslStart } from './sasl-start.js';
import { serverStatus } from './server-status.js';
import { setParameter } from './set-parameter.js';
import { shardCollection } from './shard-collection.js';
import { startSession } from './start-session.js';
import { testDeprecationInVersion2 } from './test-deprecation-in-version-2.js';
import { testVersion2 } from './test-version-2.js';
import { updateUser } from './update-user.js';
import { usersInfo } from './users-info.js';
import { whatsMyUri } from './whats-my-uri.js';

/** Every command of the deployment; one line each. */
const COMMANDS: readonly Command[] = [
  buildInfo,
  configureFailPoint,
  connectionStatus,
  createUser,
  currentOp,
  dropAllUsersFromDatabase,
  dropUser,
  enableSharding,
  endSessions,
  fsync,
  fsyncUnlock,
  getCmdLineOpts,
  getDefaultRWConcern,
  getLog,
  getParameter,
  hello,
  hostInfo,
  isDbGrid,
  isMaster,
  killAllSessions,
  killOp,
  killSessions,
  listCommands(() => COMMANDS),
  listShards,
  logout,
  ping,
  refreshLogicalSessionCacheNow,
  refreshSessions,
  replSetGetConfig,
  replSetGetStatus,
  saslContinue,
  saslStart,
  serverStatus,
  setParameter,
  shardCollection,
  startSession,
  testDeprecationInVersion2,
  testVersion2,
  updateUser,
  usersInfo,
  whatsMyUri,
];

const byName = new Map<string, Command>();
for (const command of COMMANDS) {
  for (const name of [command.name, ...(command.aliases ?? [])]) byName.set(name, command);
}

/** The command of that name or alias; names are case-sensitive. */
export const findCommand = (name: string): Command | undefined => byName.get(name);

export const allCommands = (): readonly Command[] => COMMANDS;
