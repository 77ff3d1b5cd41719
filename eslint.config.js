import { createTypeScriptImportResolver } from 'eslint-import-resolver-typescript';
import importX from 'eslint-plugin-import-x';
import { configs as lit } from 'eslint-plugin-lit';
import { configs as wc } from 'eslint-plugin-wc';
import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';

/** Who may import whom. `from` lists what the room `target` must not reach. */
const walls = [
  {
    target: './producer',
    from: ['./shared', './server', './cli', './client', './playwright', './bench', './e2e'],
  },
  {
    target: './shared',
    from: ['./server', './cli', './client', './playwright', './producer', './bench', './e2e'],
  },
  {
    target: './client',
    from: ['./server', './cli', './playwright', './producer', './bench', './e2e'],
  },
  {
    target: './server',
    from: ['./cli', './client', './playwright', './producer', './bench', './e2e'],
  },
  { target: './playwright', from: ['./cli', './client', './producer', './bench', './e2e'] },
  { target: './cli', from: ['./client', './playwright', './producer', './bench', './e2e'] },
  {
    target: './server/store',
    from: ['./server/engine', './server/stream', './server/routes', './server/nodes'],
  },
  { target: './server/engine', from: ['./server/stream', './server/routes', './server/nodes'] },
  { target: './server/stream', from: ['./server/engine', './server/routes', './server/nodes'] },
  { target: './server/routes', from: ['./server/nodes'] },
  { target: './client/api', from: ['./client/state', './client/ui'] },
  { target: './client/state', from: ['./client/ui'] },
  { target: './client/ui', from: ['./client/api'] },
];

/** A built-in node type sees of the engine only the interface that every node module sees. */
const nodeTypesSeeOnlyTheHandler = {
  target: './server/nodes',
  from: ['./server'],
  except: ['./nodes', './engine/handler.ts'],
};

/** The terminal talks to a server over the wire, and can only become one as a whole. */
const commandsSeeOnlyTheWire = {
  target: './cli',
  from: ['./server'],
  except: ['./main.ts', './package-info.ts'],
};

export default defineConfig(
  globalIgnores(['dist', 'test-results', 'playwright-report', '.reattach']),
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    plugins: { 'import-x': importX },
    languageOptions: {
      parserOptions: {
        project: ['./tsconfig.node.json', './tsconfig.client.json', './tsconfig.test.json'],
        tsconfigRootDir: import.meta.dirname,
      },
    },
    settings: {
      'import-x/resolver-next': [
        createTypeScriptImportResolver({ project: ['tsconfig.node.json'] }),
      ],
    },
    rules: {
      '@typescript-eslint/no-confusing-void-expression': [
        'error',
        { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true },
      ],
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/prefer-promise-reject-errors': ['error', { allowThrowingUnknown: true }],
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_' },
      ],
      '@typescript-eslint/no-unnecessary-condition': [
        'error',
        { allowConstantLoopConditions: 'only-allowed-literals' },
      ],
      'import-x/no-cycle': 'error',
      'import-x/no-restricted-paths': [
        'error',
        {
          basePath: import.meta.dirname,
          zones: [...walls, nodeTypesSeeOnlyTheHandler, commandsSeeOnlyTheWire],
        },
      ],
    },
  },
  {
    files: ['**/*.test.ts', '**/*.testing.ts'],
    rules: {
      // A test may wire rooms together; what ships may not.
      'import-x/no-restricted-paths': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/no-empty-function': 'off',
    },
  },
  {
    files: ['producer/**/*.ts'],
    ignores: ['**/*.test.ts'],
    rules: {
      // It runs wherever there is `fetch`, and nothing is installed beside it.
      'no-restricted-imports': ['error', { patterns: [{ regex: '^[^.]' }] }],
      'no-restricted-globals': ['error', 'process', 'Buffer', 'setImmediate'],
    },
  },
  { files: ['client/ui/**/*.ts'], extends: [lit['flat/recommended'], wc['flat/recommended']] },
  {
    files: [
      'shared/**',
      'cli/**',
      'server/engine/**',
      'server/stream/**',
      'server/routes/**',
      'server/nodes/**',
    ],
    ignores: ['**/*.test.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        { paths: [{ name: 'better-sqlite3', message: 'Only server/store talks SQL.' }] },
      ],
    },
  },
);
