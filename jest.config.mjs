import { availableParallelism } from 'node:os';

export default {
  testEnvironment: 'node',
  roots: ['<rootDir>/lib', '<rootDir>/sample', '<rootDir>/test'],
  testRegex: '/(test|sample)/.*\\.spec\\.ts$',
  modulePathIgnorePatterns: ['/dist/'],
  globalSetup: '<rootDir>/test/support/global-setup.ts',
  globalTeardown: '<rootDir>/test/support/global-teardown.ts',
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: {
    '^(\\.{1,2}/.*)\\.js$': '$1',
    '^nestjs-signals$': '<rootDir>/lib/index.ts',
    '^nestjs-signals/(.*)$': '<rootDir>/lib/$1/index.ts',
  },
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          target: 'es2024',
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false },
          keepClassNames: true,
        },
        module: { type: 'es6' },
        sourceMaps: 'inline',
      },
    ],
  },
  collectCoverageFrom: ['lib/**/*.ts'],
  coverageProvider: 'v8',
  clearMocks: true,
  // Some start servers, and a machine may be busy.
  testTimeout: 30_000,
  // Much of the time is spent waiting: for processes, and for what is delayed.
  maxWorkers: Math.max(3, availableParallelism() - 1),
  workerIdleMemoryLimit: '768MB',
};
