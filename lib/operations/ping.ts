import type { Operation } from './operation.js';

export const ping: Operation<undefined> = {
  name: 'ping',
  database: 'admin',
  access: 'read',
  retry: 'none',
  build: () => ({ name: 'ping', database: 'admin', body: { ping: 1 } }),
  parse: () => undefined,
};
