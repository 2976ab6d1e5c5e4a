import { DELETE } from './delete/index.js';
import { testScenarios } from './mapping.js';
import { EVERYWHERE } from './models/world.js';

testScenarios('delete', DELETE, { everywhere: EVERYWHERE });
