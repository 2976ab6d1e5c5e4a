import * as module from 'node:module';
import { availableParallelism } from 'node:os';

// Watch mode must see what was changed meanwhile, and what is covered is counted for each file.
const isolated = process.argv.some(argument => /^--(watch|watchAll|coverage|collectCoverage)(=|$)/.test(argument));
// Node 20, with which an editor may start Jest.
const isOld = !('registerHooks' in module && process.features.typescript);

export default {
  ...(isolated || isOld
    ? { testEnvironment: 'node' }
    : {
        testEnvironment: '<rootDir>/test/support/jest/environment.ts',
        runtime: '<rootDir>/test/support/jest/runtime.ts',
      }),
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
  testSequencer: '<rootDir>/test/support/jest/sequencer.mjs',
  clearMocks: true,
  // Some start servers, and a machine may be busy.
  testTimeout: 30_000,
  // Much of the time is spent waiting: for processes, and for what is delayed.
  maxWorkers: Math.max(3, availableParallelism() - 1),
  workerIdleMemoryLimit: '768MB',
};
