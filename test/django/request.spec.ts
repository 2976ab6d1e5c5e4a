import { testScenarios } from './mapping.js';
import { REQUEST } from './request/index.js';

testScenarios('request', REQUEST, {
  everywhere: {
    because: 'what serves requests here is an HTTP adapter, and it is the sender of the end, too',
    steps: steps => steps.map(step => (typeof step === 'string' ? step : { ...step, sender: 'ExpressAdapter' })),
  },
});
