import { COMMIT } from './commit/index.js';
import { testScenarios } from './mapping.js';
import { EVERYWHERE } from './models/world.js';

testScenarios('commit', COMMIT, { lines: ['--', 'ON_COMMIT'], everywhere: EVERYWHERE });
