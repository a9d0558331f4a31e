/** A collection by the names the server knows it by. */
export interface Namespace {
  readonly database: string;
  readonly collection: string;
}

export const fullName = ({ database, collection }: Namespace): string => `${database}.${collection}`;
