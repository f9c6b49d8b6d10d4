// The rules a reviewer would otherwise have to remember (CONTRIBUTING.md, how we write and how we test).
import tseslint from 'typescript-eslint';

const noTimersInDomain = [
  { name: 'setTimeout', message: 'The domain asks for timers as effects.' },
  { name: 'setInterval', message: 'The domain asks for timers as effects.' },
  { name: 'process', message: 'The domain does not know the process it runs in.' },
];

export default tseslint.config(
  { ignores: ['**/dist/**', '**/node_modules/**', 'data/**', 'test-results/**'] },
  {
    files: ['**/*.ts', '**/*.tsx'],
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true, requireDefaultForNonUnion: false },
      ],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/only-throw-error': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/require-await': 'off',
      'no-empty': ['error', { allowEmptyCatch: false }],
      'no-console': 'error',
      eqeqeq: 'error',
      complexity: ['error', 15],
      'max-lines-per-function': ['error', { max: 80, skipBlankLines: true, skipComments: true }],
      'max-lines': ['error', { max: 400, skipBlankLines: true, skipComments: true }],
      'max-params': ['error', 5],
      'no-restricted-properties': [
        'error',
        { object: 'process', property: 'env', message: 'Only app/config.ts reads the environment.' },
      ],
    },
  },
  {
    files: ['app/domain/**/*.ts'],
    ignores: ['**/*.test.ts'],
    rules: {
      'no-restricted-globals': ['error', ...noTimersInDomain],
      'no-restricted-properties': [
        'error',
        { object: 'Date', property: 'now', message: 'Time enters the domain as an argument.' },
        { object: 'Math', property: 'random', message: 'Chance enters the domain as an argument.' },
      ],
      'no-restricted-syntax': [
        'error',
        {
          selector: 'FunctionDeclaration[async=true], ArrowFunctionExpression[async=true]',
          message: 'The domain is synchronous.',
        },
        {
          selector: "NewExpression[callee.name='Date'][arguments.length=0]",
          message: 'Time enters as an argument.',
        },
      ],
    },
  },
  {
    files: ['app/config.ts', 'test/**', 'gateway/embedded/**/main.ts', '**/*.test.ts', 'vitest.config.ts'],
    rules: { 'no-restricted-properties': 'off' },
  },
  {
    files: ['test/**', '**/*.test.ts'],
    rules: {
      'max-lines-per-function': 'off',
      '@typescript-eslint/unbound-method': 'off',
    },
  },
  {
    // A test waits for an event, never for time: only the support folder may own a timer (deadlines).
    files: ['test/**', '**/*.test.ts'],
    ignores: ['test/support/**', 'test/bench/**', 'gateway/embedded/*/test/support/**'],
    rules: {
      'no-restricted-globals': [
        'error',
        { name: 'setTimeout', message: 'Wait for an event: test/support/until.ts.' },
      ],
    },
  },
);
