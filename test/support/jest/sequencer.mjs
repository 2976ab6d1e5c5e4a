import Sequencer from '@jest/test-sequencer';

/** Files that wait most of their time: for processes, for servers, and for messages that are due later. */
const WAITING = /\/test\/(pg-boss|sample|package)\//;

/** Runs the files first that take longest; if their times are not known yet, those that wait. */
export default class LongestFirst extends Sequencer {
  sort(tests) {
    const sorted = super.sort(tests);
    if (tests.some(({ duration }) => duration !== undefined)) return sorted;
    const isWaiting = ({ path }) => WAITING.test(path);
    return [...sorted.filter(isWaiting), ...sorted.filter(test => !isWaiting(test))];
  }
}
