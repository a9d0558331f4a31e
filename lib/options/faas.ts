/** Variables of the process, as `process.env` has them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The platforms of the handshake specification, section "client.env". */
export type FaasName = 'aws.lambda' | 'azure.func' | 'gcp.func' | 'vercel';

const isSet = (environment: Environment, name: string): boolean => (environment[name] ?? '') !== '';

const isLambda = (environment: Environment): boolean =>
  environment['AWS_EXECUTION_ENV']?.startsWith('AWS_Lambda_') === true ||
  isSet(environment, 'AWS_LAMBDA_RUNTIME_API');

/** The function platforms that the environment speaks of; Vercel runs on Lambda and hides it. */
const faasNames = (environment: Environment): readonly FaasName[] => {
  const names: FaasName[] = [];
  if (isSet(environment, 'VERCEL')) names.push('vercel');
  else if (isLambda(environment)) names.push('aws.lambda');
  if (isSet(environment, 'FUNCTIONS_WORKER_RUNTIME')) names.push('azure.func');
  if (isSet(environment, 'K_SERVICE') || isSet(environment, 'FUNCTION_NAME')) names.push('gcp.func');
  return names;
};

/** The platform to tell the server of; none where several seem to be there. */
export const faasName = (environment: Environment): FaasName | undefined => {
  const names = faasNames(environment);
  return names.length === 1 ? names[0] : undefined;
};

export const isFaas = (environment: Environment): boolean => faasNames(environment).length > 0;
