/**
 * Held by every handle as an own field. Structured cloning copies an object with private fields into an empty one
 * without a word; a symbol cannot be cloned, so `structuredClone` and `postMessage` throw `DataCloneError` (PROC-3).
 */
export const NOT_CLONEABLE: unique symbol = Symbol('belongs to the thread that made it');
