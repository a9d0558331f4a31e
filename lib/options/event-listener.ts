/**
 * An object with methods that take events, one of them at least. The driver calls those it knows; which they are is
 * the matter of the classes it offers for that (`CommandListener`, `ConnectionPoolListener`, ...).
 */
export type EventListener = object;

/** Whether anything on the object, inherited or its own, can be called with an event. */
export const isEventListener = (value: unknown): value is EventListener => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  for (
    let owner: object | null = value;
    owner !== null;
    owner = Object.getPrototypeOf(owner) as object | null
  ) {
    const isRoot = Object.getPrototypeOf(owner) === null && Object.hasOwn(owner, 'hasOwnProperty');
    if (isRoot) return false;
    const methods = Object.entries(Object.getOwnPropertyDescriptors(owner));
    if (methods.some(([name, { value: member }]) => name !== 'constructor' && typeof member === 'function'))
      return true;
  }
  return false;
};
