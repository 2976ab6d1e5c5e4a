import { BULK } from './bulk/index.js';
import { testScenarios } from './mapping.js';
import { EVERYWHERE } from './models/world.js';

testScenarios('bulk', BULK, { everywhere: EVERYWHERE });
