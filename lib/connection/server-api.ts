import type { ServerApiObject } from '../options/server-api.js';

/** The fields that declare it (versioned API specification, "Sending Stable API parameters to the server"). */
export const serverApiFields = (api: ServerApiObject | undefined): Record<string, unknown> =>
  api === undefined
    ? {}
    : {
        apiVersion: api.version,
        ...(api.strict !== undefined && { apiStrict: api.strict }),
        ...(api.deprecationErrors !== undefined && { apiDeprecationErrors: api.deprecationErrors }),
      };
