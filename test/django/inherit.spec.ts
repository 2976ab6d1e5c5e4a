import { INHERIT } from './inherit/index.js';
import { leavingOut, testScenarios } from './mapping.js';
import { EVERYWHERE } from './models/world.js';

const everywhere = {
  because: `${EVERYWHERE.because}; a receiver is not named where all arguments are compared`,
  steps: (steps: Parameters<NonNullable<typeof EVERYWHERE.steps>>[0]) =>
    leavingOut('receiver')(EVERYWHERE.steps!(steps)),
};

testScenarios('inherit', INHERIT, { everywhere });
