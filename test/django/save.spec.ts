import { testScenarios } from './mapping.js';
import { EVERYWHERE } from './models/world.js';
import { SAVE } from './save/index.js';

testScenarios('save', SAVE, { everywhere: EVERYWHERE });
