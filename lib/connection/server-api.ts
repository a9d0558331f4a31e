/** The Stable API version a client declares; sent with each of its commands. */
export interface ServerApi {
  readonly version: string;
  readonly strict?: boolean | undefined;
  readonly deprecationErrors?: boolean | undefined;
}

/** The fields that declare it (versioned API specification, "Sending Stable API parameters to the server"). */
export const serverApiFields = (api: ServerApi | undefined): Record<string, unknown> =>
  api === undefined
    ? {}
    : {
        apiVersion: api.version,
        ...(api.strict !== undefined && { apiStrict: api.strict }),
        ...(api.deprecationErrors !== undefined && { apiDeprecationErrors: api.deprecationErrors }),
      };
