import type { Document } from '../bson/document.js';
import type { Operation } from './operation.js';

export const buildInfo: Operation<Document> = {
  name: 'buildInfo',
  database: 'admin',
  access: 'read',
  retry: 'none',
  build: () => ({ name: 'buildInfo', database: 'admin', body: { buildInfo: 1 } }),
  parse: (reply, target) => reply?.decode(target.codecOptions) ?? {},
};
