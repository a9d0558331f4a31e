import { ConfigurationError } from '../core/errors/usage.js';
import { ALL_OPTIONS } from './option-table.js';
import type { OptionValues } from './query.js';

/** The options given that turn TLS on: by being there, or by an explicit `false` (TLS-6, TLS-10 and following). */
const implyingTls = (values: OptionValues): string[] =>
  ALL_OPTIONS.filter(
    ({ name, impliesTls }) =>
      (impliesTls === 'present' && values.has(name)) ||
      (impliesTls === 'false' && values.get(name) === false),
  ).map(({ name }) => name);

/** Whether connections use TLS. Throws where `tls: false` stands beside an option that turns it on (TLS-15). */
export const tlsOf = (values: OptionValues, srv: boolean): boolean => {
  const implying = implyingTls(values);
  const tls = values.get('tls') as boolean | undefined;
  if (tls === false && implying.length > 0) {
    throw new ConfigurationError(`tls: false contradicts options that turn TLS on: ${implying.join(', ')}`);
  }
  return tls ?? (implying.length > 0 || srv);
};

/** Options of former releases that said the same in another way; the present name wins. */
export const applyFormerTlsOptions = (values: OptionValues): void => {
  const certReqs = values.get('sslCertReqs');
  if (certReqs !== undefined && !values.has('tlsAllowInvalidCertificates')) {
    values.set('tlsAllowInvalidCertificates', certReqs === 'CERT_NONE');
  }
  const matchHostname = values.get('sslMatchHostname');
  if (matchHostname !== undefined && !values.has('tlsAllowInvalidHostnames')) {
    values.set('tlsAllowInvalidHostnames', matchHostname !== true);
  }
};
