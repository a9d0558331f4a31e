import { excerptExtendedJson } from '../bson/extended-json-excerpt.js';
import type { LoggedError } from '../options/logger.js';

/** What any error of the driver, or of what it stands on, may have. */
interface ErrorFacts {
  readonly name?: unknown;
  readonly message?: unknown;
  readonly code?: unknown;
  readonly codeName?: unknown;
  readonly errorLabels?: unknown;
  readonly phase?: unknown;
  readonly details?: unknown;
  readonly cause?: unknown;
}

const MAX_CAUSES = 5;

/** An error as plain data, with everything that the driver's error classes report. */
export const loggedError = (error: unknown, maxDocumentLength: number, depth = 0): LoggedError => {
  if (typeof error !== 'object' || error === null) return { name: 'Error', message: String(error) };
  const { name, message, code, codeName, errorLabels, phase, details, cause } = error as ErrorFacts;
  return {
    name: String(name),
    message: String(message),
    ...((typeof code === 'string' || typeof code === 'number') && { code }),
    ...(typeof codeName === 'string' && { codeName }),
    ...(Array.isArray(errorLabels) && errorLabels.length > 0 && { errorLabels: errorLabels.map(String) }),
    ...(typeof phase === 'string' && { phase }),
    ...(details !== undefined && { response: excerptExtendedJson(details, maxDocumentLength) }),
    ...(cause !== undefined &&
      depth < MAX_CAUSES && { cause: loggedError(cause, maxDocumentLength, depth + 1) }),
  };
};
