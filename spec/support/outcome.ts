export interface Outcome<T> {
  value?: T;
  error?: any;
}

/** What has become of a promise so far, to be looked at whenever virtual time has passed. */
export const outcomeOf = <T>(promise: T | Promise<T>): Outcome<T> => {
  const outcome: Outcome<T> = {};
  Promise.resolve(promise).then(
    (value) => {
      outcome.value = value;
    },
    (error: unknown) => {
      outcome.error = error;
    },
  );
  return outcome;
};
