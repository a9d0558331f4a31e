import type { Doc } from './format.js';

/** The parts of a connection string the runner changes; it never needs to understand the rest. */
const PARTS = /^(mongodb:\/\/)((?:[^@/]*@)?)([^/?]*)(\/?[^?]*)(?:\?(.*))?$/;

/**
 * The connection string of a client entity: options override those of the deployment, `directConnection` leaves one
 * seed without `replicaSet`, and `singleHost` keeps the first router.
 */
export const clientUri = (uri: string, uriOptions: Doc, singleHost: boolean): string => {
  const parts = PARTS.exec(uri);
  if (!parts) throw new Error('the URI of the deployment is not a plain mongodb:// one');
  const [, scheme = '', credentials = '', hosts = '', path = '', query = ''] = parts;
  const options = new URLSearchParams(query);
  for (const [name, value] of Object.entries(uriOptions)) {
    for (const present of [...options.keys()])
      if (present.toLowerCase() === name.toLowerCase()) options.delete(present);
    for (const text of optionTexts(name, value)) options.append(name, text);
  }
  const direct = uriOptions['directConnection'] === true;
  if (direct) options.delete('replicaSet');
  const seeds = direct || singleHost ? (hosts.split(',')[0] ?? hosts) : hosts;
  const text = options.toString();
  return `${scheme}${credentials}${seeds}${path === '' ? '/' : path}${text === '' ? '' : `?${text}`}`;
};

const optionTexts = (name: string, value: unknown): string[] => {
  if (name === 'readPreferenceTags' && Array.isArray(value)) return value.map(String);
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return [
      Object.entries(value)
        .map(([key, entry]) => `${key}:${String(entry)}`)
        .join(','),
    ];
  return [String(value)];
};

export const hostCount = (uri: string): number => (PARTS.exec(uri)?.[3] ?? '').split(',').length;
