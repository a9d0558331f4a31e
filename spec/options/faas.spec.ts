import { describe, expect, it } from '@jest/globals';
import { faasName } from '../../lib/options/faas.js';

describe('function platforms', () => {
  it('[CONN-17] are told by their variables; several of them mean none', () => {
    expect(faasName({ AWS_LAMBDA_RUNTIME_API: 'x' })).toBe('aws.lambda');
    expect(faasName({ AWS_EXECUTION_ENV: 'AWS_Lambda_java8' })).toBe('aws.lambda');
    expect(faasName({ AWS_EXECUTION_ENV: 'EC2' })).toBeUndefined();
    expect(faasName({ AWS_LAMBDA_RUNTIME_API: 'x', VERCEL: '1' })).toBe('vercel');
    expect(faasName({ FUNCTIONS_WORKER_RUNTIME: 'node' })).toBe('azure.func');
    expect(faasName({ K_SERVICE: 'x', FUNCTION_NAME: 'y' })).toBe('gcp.func');
    expect(faasName({ K_SERVICE: 'x', FUNCTIONS_WORKER_RUNTIME: 'node' })).toBeUndefined();
    expect(faasName({})).toBeUndefined();
  });
});
