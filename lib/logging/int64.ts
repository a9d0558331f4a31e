/** A number where that is exact, else its digits. */
export const loggedInt64 = (value: bigint | undefined): number | string | undefined => {
  if (value === undefined) return undefined;
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : String(value);
};
