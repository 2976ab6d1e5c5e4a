import { testScenarios } from './mapping.js';
import { MISC } from './misc/index.js';

testScenarios('misc', MISC);
