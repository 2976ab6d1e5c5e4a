import { M2M } from './m2m/index.js';
import { testScenarios } from './mapping.js';
import { EVERYWHERE } from './models/world.js';
import type { Step } from './scenario.js';

/** One flush removes and adds: all that is sent before its SQL comes before all that is sent after it. */
function beforeAndAfter(steps: Step[]): Step[] {
  const at = steps.findIndex((step, place) => place > 0 && isBefore(step) && isAfter(steps[place - 1]!));
  if (at === -1) return steps;
  const ordered = steps.toSpliced(at - 1, 2, steps[at]!, steps[at - 1]!);
  return beforeAndAfter(ordered);
}

const isBefore = (step: Step) => typeof step !== 'string' && step.action === 'pre_add';
const isAfter = (step: Step) => typeof step !== 'string' && step.action === 'post_remove';

const everywhere = {
  because: `${EVERYWHERE.because}; one flush removes and adds`,
  steps: (steps: Step[]) => beforeAndAfter(EVERYWHERE.steps!(steps)),
};

testScenarios('m2m', M2M, { everywhere });
