import type { Command } from './command.js';

export const buildInfo: Command = {
  name: 'buildInfo',
  aliases: ['buildinfo'],
  kind: 'admin',
  needsAuth: false,
  run: ({ version }) => ({
    version: version.full,
    gitVersion: 'embedded',
    modules: [],
    allocator: 'system',
    javascriptEngine: 'none',
    sysInfo: 'deprecated',
    versionArray: [...version.full.split('.').map(Number), 0],
    openssl: { running: process.versions.openssl, compiled: process.versions.openssl },
    buildEnvironment: { distarch: process.arch, target_os: process.platform },
    bits: 64,
    debug: false,
    maxBsonObjectSize: 16 * 1024 * 1024,
    storageEngines: ['wiredTiger'],
  }),
};
