import { ConfigurationError } from '../../core/errors/usage.js';

/** Characters that SASLprep (RFC 4013) neither changes nor prohibits: almost every password is made of them alone. */
const UNCHANGED = /^[ -~]*$/;

/** A password in the form that SCRAM-SHA-256 hashes. Loads its library only for passwords that need it. */
export const preparePassword = async (password: string): Promise<string> => {
  if (UNCHANGED.test(password)) return password;
  let prepare: (text: string) => string;
  try {
    ({ saslprep: prepare } = await import('@mongodb-js/saslprep'));
  } catch (error) {
    throw new ConfigurationError(
      'A password with characters beyond printable ASCII needs the package @mongodb-js/saslprep for SCRAM-SHA-256; install it beside asyncmongo',
      { cause: error },
    );
  }
  try {
    return prepare(password);
  } catch {
    // The library's message quotes the character: part of a password has no place in an error.
    throw new ConfigurationError('The password holds characters that SASLprep (RFC 4013) prohibits');
  }
};
