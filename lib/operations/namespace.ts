/** A collection by the names the server knows it by. */
export interface Namespace {
  readonly database: string;
  readonly collection: string;
}

export const fullName = ({ database, collection }: Namespace): string => `${database}.${collection}`;

/** `database.collection` as servers report it: the name of a collection may have dots of its own. */
export const splitNamespace = (namespace: string): Namespace => {
  const dot = namespace.indexOf('.');
  return { database: namespace.slice(0, dot), collection: namespace.slice(dot + 1) };
};
