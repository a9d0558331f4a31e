/** Says in which collection a document could not be decoded; the decoder alone cannot know. */
export const nameNamespace = (error: unknown, namespace: string): unknown => {
  if (typeof error === 'object' && error !== null && 'kind' in error && error.kind === 'invalid-bson') {
    const { message } = error as unknown as Error;
    Object.defineProperty(error, 'namespace', { value: namespace, enumerable: true, configurable: true });
    Object.defineProperty(error, 'message', {
      value: `${message} (in ${namespace})`,
      configurable: true,
      writable: true,
    });
  }
  return error;
};
