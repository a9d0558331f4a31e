/** Official files name options in any letter case; hidden (secret) options count too. */
export const optionsInLowerCase = (options: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.getOwnPropertyNames(options).map((name) => [name.toLowerCase(), options[name]]));
