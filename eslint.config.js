import tseslint from 'typescript-eslint';

/** Time, chance and the network enter the driver through `core/runtime.ts` alone, so that a failure replays from a seed. */
const SEAM_GLOBALS = [
  'setTimeout',
  'setInterval',
  'setImmediate',
  'clearTimeout',
  'clearInterval',
  'clearImmediate',
  'performance',
];
const SEAM_MODULES = [
  'net',
  'tls',
  'dns',
  'dns/promises',
  'timers',
  'timers/promises',
  'dgram',
  'perf_hooks',
];
const useSeam = 'Go through the Runtime of lib/core/runtime.ts.';

/** One door per outside package. */
const door = (name, where) => ({ name, message: `Import it in ${where} only.` });
const DOORS = [
  door('bson', 'lib/bson/'),
  door('p-queue', 'lib/pool/'),
  door('denque', 'lib/pool/'),
  door('eventemitter3', 'lib/core/event-hub.ts'),
  door('mingo', 'lib/testing/'),
];

const seamModules = SEAM_MODULES.flatMap((name) => [
  { name, message: useSeam },
  { name: `node:${name}`, message: useSeam },
]);

const restrictedImports = (allowed) => [
  'error',
  { paths: [...seamModules, ...DOORS.filter((entry) => !allowed.includes(entry.name))] },
];

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/', 'coverage/', 'spec/types/fixtures/', 'spec/support/fixtures/'] },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strict],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/no-invalid-void-type': 'off',
      '@typescript-eslint/unified-signatures': 'off',
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-console': 'error',
      'prefer-const': 'error',
    },
  },
  {
    files: ['lib/**/*.ts'],
    rules: {
      'no-restricted-globals': ['error', ...SEAM_GLOBALS.map((name) => ({ name, message: useSeam }))],
      'no-restricted-properties': [
        'error',
        { object: 'Date', property: 'now', message: useSeam },
        { object: 'Math', property: 'random', message: useSeam },
      ],
      'no-restricted-imports': restrictedImports([]),
    },
  },
  {
    files: ['lib/core/node-*.ts'],
    rules: {
      'no-restricted-globals': 'off',
      'no-restricted-imports': 'off',
      'no-restricted-properties': 'off',
    },
  },
  {
    files: ['lib/core/event-hub.ts'],
    rules: { 'no-restricted-imports': restrictedImports(['eventemitter3']) },
  },
  { files: ['lib/bson/**/*.ts'], rules: { 'no-restricted-imports': restrictedImports(['bson']) } },
  {
    files: ['lib/pool/**/*.ts'],
    rules: { 'no-restricted-imports': restrictedImports(['p-queue', 'denque']) },
  },
  {
    files: ['lib/testing/**/*.ts'],
    rules: { 'no-restricted-imports': restrictedImports(['bson', 'mingo']) },
  },
  {
    files: ['spec/**/*.ts', 'benchmarks/**/*.ts', 'examples/**/*.ts', 'docs/**/*.ts', 'lib/testing/cli.ts'],
    rules: {
      'no-console': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-explicit-any': 'off',
      '@typescript-eslint/no-dynamic-delete': 'off',
    },
  },
);
