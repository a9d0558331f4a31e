/** Where servers listen unless they are told otherwise. */
export const DEFAULT_PORT = 27017;
