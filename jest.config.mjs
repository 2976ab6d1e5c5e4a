import * as module from 'node:module';
import { availableParallelism } from 'node:os';

// Watch mode must see what was changed meanwhile, and what is covered is counted for each file.
const isolated = process.argv.some(argument => /^--(watch|watchAll|coverage|collectCoverage)(=|$)/.test(argument));
// Node 20, with which an editor may start Jest.
const isOld = !('registerHooks' in module && process.features.typescript);

// Specs that wait most of their time, for processes, servers of their own and pauses of a minute: `npm run test:long` runs them, and so does
// `npm test` with their path.
const LONG = [
  'test/pg-boss/(pacing|recovering|working|serving|idling|killed-workers|pglite|poolers|ending|applications)',
  'test/opentelemetry/(idling|killed-worker)',
  'test/cli/(processes|preview)',
  'test/inspector/many-sends',
  'test/rows/(catching-up|killed-relays|random-people|tenant-schemas)',
  'test/sample/(shop|embedded-postgres)',
  'test/inspector/page/(hostile|using|shop-page)',
];
const isLong = process.env.SIGNALS_LONG === 'only';
const areNamed = process.argv.slice(2).some(argument => !argument.startsWith('-'));

export default {
  ...(isolated || isOld
    ? { testEnvironment: 'node' }
    : {
        testEnvironment: '<rootDir>/test/support/jest/environment.ts',
        runtime: '<rootDir>/test/support/jest/runtime.ts',
      }),
  roots: ['<rootDir>/lib', '<rootDir>/sample', '<rootDir>/test'],
  testRegex: isLong ? `/(${LONG.join('|')})\\.spec\\.ts$` : '/(test|sample)/.*\\.spec\\.ts$',
  testPathIgnorePatterns: ['/node_modules/', ...(isLong || areNamed ? [] : LONG.map(path => `/${path}\\.spec\\.ts$`))],
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
  testTimeout: 60_000,
  // Much of the time is spent waiting: for processes, and for what is delayed.
  maxWorkers: Math.max(isLong ? 4 : 3, availableParallelism() - 1),
  workerIdleMemoryLimit: '768MB',
};
