import { parseHostList } from '../../options/host-list.js';
import type { HelloFields } from './hello-fields.js';
import { normalizeAddress } from './normalize-address.js';
import type { ServerDescription } from './server-description.js';

/** Servers allow fifty members; a reply that names many times more is damaged, and each name would be monitored. */
const MOST_MEMBERS = 500;

const isAddress = (address: string): boolean => {
  if (address.includes('/')) return true;
  try {
    return parseHostList(address, false).length === 1;
  } catch {
    return false;
  }
};

/**
 * The members that a server names. What is no address is left out; of far too many the first are followed, and the
 * server itself where it is among them.
 */
export const readMembers = (
  fields: HelloFields,
  address: string,
): Pick<ServerDescription, 'hosts' | 'passives' | 'arbiters'> => {
  let left = MOST_MEMBERS;
  const read = (name: string): readonly string[] => {
    const all = fields.strings(name).map(normalizeAddress);
    const first = all.length <= left ? all : all.slice(0, left);
    if (first !== all) {
      const count = `${name} has ${String(all.length)} entries`;
      fields.omissions.push(`${count}: more than ${String(MOST_MEMBERS)} members are not followed`);
      if (all.includes(address) && !first.includes(address)) first.push(address);
    }
    left = Math.max(0, left - first.length);
    const valid = first.filter(isAddress);
    if (valid.length === first.length) return first;
    const foreign = first.filter((entry) => !valid.includes(entry)).map((entry) => JSON.stringify(entry));
    fields.omissions.push(`${name} has entries that are no addresses: ${foreign.slice(0, 5).join(', ')}`);
    return valid;
  };
  return { hosts: read('hosts'), passives: read('passives'), arbiters: read('arbiters') };
};
