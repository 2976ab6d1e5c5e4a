import { INIT } from './init/index.js';
import { testScenarios } from './mapping.js';

testScenarios('init', INIT);
