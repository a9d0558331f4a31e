/** Names that the language or test tools ask objects for, to find out what they are. */
const PROBES: ReadonlySet<string> = new Set([
  'then',
  'catch',
  'finally',
  'toJSON',
  'toBSON',
  'constructor',
  'prototype',
  'inspect',
  'asymmetricMatch',
  '$$typeof',
  'nodeType',
  'nodeName',
  'tagName',
  'hasAttribute',
]);

const isName = (property: string | symbol): property is string =>
  typeof property === 'string' &&
  !property.startsWith('_') &&
  !property.startsWith('@@') &&
  !PROBES.has(property) &&
  !(property in Object.prototype);

/**
 * Gives a class access by name: a property that no object on the prototype chain has is taken for the name of a
 * database or collection. The Proxy stands behind the class's own prototype, so real members are found first and never
 * pass through it (NAME-8). Names with a leading underscore and names that tools probe for are not looked up (NAME-3,
 * NAME-9).
 */
export const giveNameAccess = <THandle extends object>(
  prototype: THandle,
  child: (handle: THandle, name: string) => unknown,
): void => {
  const behind = new Proxy(Object.create(Object.prototype) as object, {
    get: (target, property, receiver: THandle) =>
      isName(property) && receiver !== prototype
        ? child(receiver, property)
        : (Reflect.get(target, property, receiver) as unknown),
  });
  Object.setPrototypeOf(prototype, behind);
};
