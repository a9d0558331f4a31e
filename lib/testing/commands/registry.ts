import type { Command } from './command.js';
import { abortTransaction } from './abort-transaction.js';
import { aggregate } from './aggregate.js';
import { buildInfo } from './build-info.js';
import { bulkWrite } from './bulk-write.js';
import { checkMetadataConsistency } from './check-metadata-consistency.js';
import { collMod } from './coll-mod.js';
import { collStats } from './coll-stats.js';
import { commitTransaction } from './commit-transaction.js';
import { configureFailPoint } from './configure-fail-point.js';
import { connectionStatus } from './connection-status.js';
import { count } from './count.js';
import { create } from './create.js';
import { createIndexes } from './create-indexes.js';
import { createSearchIndexes } from './create-search-indexes.js';
import { createUser } from './create-user.js';
import { currentOp } from './current-op.js';
import { dbStats } from './db-stats.js';
import { deleteCommand } from './delete.js';
import { distinct } from './distinct.js';
import { drop } from './drop.js';
import { dropAllUsersFromDatabase } from './drop-all-users-from-database.js';
import { dropDatabase } from './drop-database.js';
import { dropIndexes } from './drop-indexes.js';
import { dropSearchIndex } from './drop-search-index.js';
import { dropUser } from './drop-user.js';
import { enableSharding } from './enable-sharding.js';
import { endSessions } from './end-sessions.js';
import { explain } from './explain.js';
import { find } from './find.js';
import { findAndModify } from './find-and-modify.js';
import { fsync } from './fsync.js';
import { fsyncUnlock } from './fsync-unlock.js';
import { getCmdLineOpts } from './get-cmd-line-opts.js';
import { getDefaultRWConcern } from './get-default-rw-concern.js';
import { getLog } from './get-log.js';
import { getMore } from './get-more.js';
import { getParameter } from './get-parameter.js';
import { getnonce } from './getnonce.js';
import { hello } from './hello.js';
import { hostInfo } from './host-info.js';
import { insert } from './insert.js';
import { isDbGrid } from './is-db-grid.js';
import { isMaster } from './is-master.js';
import { killAllSessions } from './kill-all-sessions.js';
import { killCursors } from './kill-cursors.js';
import { killOp } from './kill-op.js';
import { killSessions } from './kill-sessions.js';
import { listCollections } from './list-collections.js';
import { listCommands } from './list-commands.js';
import { listDatabases } from './list-databases.js';
import { listIndexes } from './list-indexes.js';
import { listSearchIndexes } from './list-search-indexes.js';
import { listShards } from './list-shards.js';
import { logout } from './logout.js';
import { moveChunk } from './move-chunk.js';
import { ping } from './ping.js';
import { refreshLogicalSessionCacheNow } from './refresh-logical-session-cache-now.js';
import { refreshSessions } from './refresh-sessions.js';
import { renameCollection } from './rename-collection.js';
import { replSetFreeze } from './repl-set-freeze.js';
import { replSetGetConfig } from './repl-set-get-config.js';
import { replSetGetStatus } from './repl-set-get-status.js';
import { replSetReconfig } from './repl-set-reconfig.js';
import { replSetStepDown } from './repl-set-step-down.js';
import { replSetStepUp } from './repl-set-step-up.js';
import { replSetResizeOplog } from './repl-set-resize-oplog.js';
import { saslContinue } from './sasl-continue.js';
import { saslStart } from './sasl-start.js';
import { serverStatus } from './server-status.js';
import { setParameter } from './set-parameter.js';
import { shardCollection } from './shard-collection.js';
import { shutdown } from './shutdown.js';
import { split } from './split.js';
import { startSession } from './start-session.js';
import { testDeprecationInVersion2 } from './test-deprecation-in-version-2.js';
import { testVersion2 } from './test-version-2.js';
import { update } from './update.js';
import { updateSearchIndex } from './update-search-index.js';
import { updateUser } from './update-user.js';
import { usersInfo } from './users-info.js';
import { validate } from './validate.js';
import { whatsMyUri } from './whats-my-uri.js';

/** Every command of the deployment; one line each. */
const COMMANDS: readonly Command[] = [
  abortTransaction,
  aggregate,
  buildInfo,
  bulkWrite,
  checkMetadataConsistency,
  collMod,
  collStats,
  commitTransaction,
  configureFailPoint,
  connectionStatus,
  count,
  create,
  createIndexes,
  createSearchIndexes,
  createUser,
  currentOp,
  dbStats,
  deleteCommand,
  distinct,
  drop,
  dropAllUsersFromDatabase,
  dropDatabase,
  dropIndexes,
  dropSearchIndex,
  dropUser,
  enableSharding,
  endSessions,
  explain,
  find,
  findAndModify,
  fsync,
  fsyncUnlock,
  getCmdLineOpts,
  getDefaultRWConcern,
  getLog,
  getMore,
  getParameter,
  getnonce,
  hello,
  hostInfo,
  insert,
  isDbGrid,
  isMaster,
  killAllSessions,
  killCursors,
  killOp,
  killSessions,
  listCollections,
  listCommands(() => COMMANDS),
  listDatabases,
  listIndexes,
  listSearchIndexes,
  listShards,
  logout,
  moveChunk,
  ping,
  refreshLogicalSessionCacheNow,
  refreshSessions,
  renameCollection,
  replSetFreeze,
  replSetGetConfig,
  replSetGetStatus,
  replSetReconfig,
  replSetStepDown,
  replSetStepUp,
  replSetResizeOplog,
  saslContinue,
  saslStart,
  serverStatus,
  setParameter,
  shardCollection,
  shutdown,
  split,
  startSession,
  testDeprecationInVersion2,
  testVersion2,
  update,
  updateSearchIndex,
  updateUser,
  usersInfo,
  validate,
  whatsMyUri,
];

const byName = new Map<string, Command>();
for (const command of COMMANDS) {
  for (const name of [command.name, ...(command.aliases ?? [])]) byName.set(name, command);
}

/** The command of that name or alias; names are case-sensitive. */
export const findCommand = (name: string): Command | undefined => byName.get(name);
