import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { BSON, type Document } from 'bson';
import { encodeDocument } from '../../lib/bson/encoder.js';
import {
  clientMetadata,
  type ClientMetadataOptions,
  type Platform,
} from '../../lib/connection/client-metadata.js';
import { DRIVER_VERSION } from '../../lib/connection/driver-version.js';

const platform: Platform = {
  osType: 'Linux',
  osName: 'linux',
  osArchitecture: 'x64',
  osVersion: '6.1.0',
  runtime: 'Node.js v20.19.0',
  isDocker: false,
};

const metadata = (options: ClientMetadataOptions = {}): Document => {
  const result = clientMetadata({ env: {}, platform, ...options });
  expect(encodeDocument(result).length).toBeLessThanOrEqual(512);
  return result;
};

const AWS = {
  AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs20.x',
  AWS_REGION: 'us-east-2',
  AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '1024',
};

describe('clientMetadata', () => {
  it('tells driver, operating system and runtime', () => {
    expect(metadata()).toEqual({
      driver: { name: 'asyncmongo', version: DRIVER_VERSION },
      os: { type: 'Linux', name: 'linux', architecture: 'x64', version: '6.1.0' },
      platform: 'Node.js v20.19.0',
    });
  });

  it('tells the version of package.json', () => {
    const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
    expect(DRIVER_VERSION).toBe((JSON.parse(text) as { version: string }).version);
  });

  it('[INFO-1] carries the name of the application, and none by default', () => {
    expect(metadata({ appName: 'shop' })['application']).toEqual({ name: 'shop' });
    expect(Object.keys(metadata({ appName: 'shop' }))[0]).toBe('application');
    expect(metadata()).not.toHaveProperty('application');
  });

  it('[INFO-2] appends what wrapping libraries say, in their order', () => {
    const libraries = [{ name: 'MyLib', version: '1.2', platform: 'MyOS' }, { name: 'Outer' }];
    expect(metadata({ libraries })).toMatchObject({
      driver: { name: 'asyncmongo|MyLib|Outer', version: `${DRIVER_VERSION}|1.2` },
      platform: 'Node.js v20.19.0|MyOS',
    });
  });

  // Handshake specification, prose tests 1 to 9.
  it.each<[string, Record<string, string>, Document | undefined]>([
    ['valid AWS', AWS, { name: 'aws.lambda', region: 'us-east-2', memory_mb: 1024 }],
    ['valid Azure', { FUNCTIONS_WORKER_RUNTIME: 'node' }, { name: 'azure.func' }],
    [
      'valid GCP',
      {
        K_SERVICE: 's',
        FUNCTION_MEMORY_MB: '1024',
        FUNCTION_TIMEOUT_SEC: '60',
        FUNCTION_REGION: 'us-central1',
      },
      { name: 'gcp.func', memory_mb: 1024, timeout_sec: 60, region: 'us-central1' },
    ],
    ['valid Vercel', { VERCEL: '1', VERCEL_REGION: 'cdg1' }, { name: 'vercel', region: 'cdg1' }],
    [
      'several providers',
      { AWS_EXECUTION_ENV: 'AWS_Lambda_java8', FUNCTIONS_WORKER_RUNTIME: 'node' },
      undefined,
    ],
    ['a region that is too long', { ...AWS, AWS_REGION: 'a'.repeat(512) }, { name: 'aws.lambda' }],
    [
      'a number of the wrong type',
      { ...AWS, AWS_LAMBDA_FUNCTION_MEMORY_SIZE: 'big' },
      { name: 'aws.lambda', region: 'us-east-2' },
    ],
    [
      'a number out of range',
      { ...AWS, AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '4294967296' },
      { name: 'aws.lambda', region: 'us-east-2' },
    ],
    ['AWS that is no Lambda', { AWS_EXECUTION_ENV: 'EC2' }, undefined],
    ['Vercel on AWS', { ...AWS, VERCEL: '1', VERCEL_REGION: 'cdg1' }, { name: 'vercel', region: 'cdg1' }],
    [
      'a container beside a provider',
      { ...AWS, KUBERNETES_SERVICE_HOST: '1' },
      { name: 'aws.lambda', region: 'us-east-2', memory_mb: 1024, container: { orchestrator: 'kubernetes' } },
    ],
    ['empty variables', { AWS_LAMBDA_RUNTIME_API: '', VERCEL: '' }, undefined],
  ])('describes the environment: %s', (_name, env, expected) => {
    expect(metadata({ env })['env']).toEqual(expected);
  });

  it('names a container', () => {
    const result = metadata({
      platform: { ...platform, isDocker: true },
      env: { KUBERNETES_SERVICE_HOST: '10.0.0.1' },
    });
    expect(result['env']).toEqual({ container: { runtime: 'docker', orchestrator: 'kubernetes' } });
  });

  it('sends numbers of the environment as 32-bit integers', () => {
    const bytes = encodeDocument(metadata({ env: AWS }));
    const { env } = BSON.deserialize(bytes, { promoteValues: false }) as { env: Document };
    expect(env['memory_mb']).toBeInstanceOf(BSON.Int32);
  });

  describe('leaves out what makes it larger than 512 bytes, in the order of the specification', () => {
    const env = { ...AWS, AWS_REGION: 'r'.repeat(60), KUBERNETES_SERVICE_HOST: '1' };
    const size = (value: Document): number => encodeDocument(value).length;
    /** Metadata whose platform is padded so that exactly `bytes` more than fits would be needed. */
    const padded = (bytes: number): Document => {
      const padding = 512 - size(clientMetadata({ env, platform })) + bytes;
      return metadata({ env, platform: { ...platform, runtime: platform.runtime + 'p'.repeat(padding) } });
    };

    it('nothing where it fits exactly', () => {
      const result = padded(0);
      expect(size(result)).toBe(512);
      expect(result['env']).toMatchObject({ region: 'r'.repeat(60) });
    });

    it('first the fields of env but its name', () => {
      expect(padded(1)).toMatchObject({ env: { name: 'aws.lambda' }, os: { name: 'linux' } });
      expect(Object.keys(padded(1)['env'] as object)).toEqual(['name']);
    });

    it('then the fields of os but its type', () => {
      const all = size(clientMetadata({ env, platform }));
      const small = size(clientMetadata({ env: { AWS_EXECUTION_ENV: AWS.AWS_EXECUTION_ENV }, platform }));
      const result = padded(all - small + 1);
      expect(result['os']).toEqual({ type: 'Linux' });
      expect(result['env']).toEqual({ name: 'aws.lambda' });
    });

    it('then env', () => {
      const runtime = 'p'.repeat(400);
      const result = metadata({ env, platform: { ...platform, runtime } });
      expect(result).toEqual({
        driver: { name: 'asyncmongo', version: DRIVER_VERSION },
        os: { type: 'Linux' },
        platform: runtime,
      });
    });

    it('then the end of platform, no character cut in two', () => {
      const result = metadata({ env, platform: { ...platform, runtime: 'ü'.repeat(400) } });
      expect(result['env']).toBeUndefined();
      expect(result['platform']).toMatch(/^ü+$/);
      expect(size(result)).toBeGreaterThanOrEqual(511);
    });

    it('then what wrapping libraries appended, never the driver itself', () => {
      const libraries = [{ name: 'N'.repeat(600), version: 'V'.repeat(600) }];
      const result = metadata({ env, libraries });
      expect(result).not.toHaveProperty('platform');
      expect(result['driver']['version']).toBe(DRIVER_VERSION);
      expect(result['driver']['name']).toMatch(/^asyncmongo\|N+$/);
    });

    it('keeps the name of the application', () => {
      const result = metadata({
        appName: 'a'.repeat(128),
        env,
        platform: { ...platform, runtime: 'p'.repeat(900) },
      });
      expect(result['application']).toEqual({ name: 'a'.repeat(128) });
    });
  });
});
