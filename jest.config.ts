/** @jest-config-loader esbuild-register */
import type { Config } from 'jest';

const config: Config = {
  testEnvironment: 'node',
  roots: ['<rootDir>/spec'],
  testMatch: ['**/*.spec.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  // The sources import './x.js', the name of the built file; jest reads the '.ts' beside it.
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  transform: {
    '^.+\\.ts$': [
      'ts-jest',
      // Types are checked once for the whole tree by `npm run typecheck`, not again in every worker.
      { useESM: true, tsconfig: 'tsconfig.json', diagnostics: false },
    ],
  },
  cacheDirectory: 'node_modules/.cache/jest',
  testTimeout: 20_000,
};

export default config;
