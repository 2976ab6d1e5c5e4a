import { jest } from '@jest/globals';
import { AUTH } from './auth/index.js';
import { testScenarios } from './mapping.js';

// Every program has a site and a database of its own.
jest.setTimeout(60_000);

const SENDERS: Readonly<Record<string, string | null>> = { NoneType: null, 'django.contrib.auth': 'AuthSignals' };

testScenarios('auth', AUTH, {
  everywhere: {
    because: 'an anonymous user has no class here, and what fails to log somebody in is a class, not a module',
    steps: steps =>
      steps.map(step => {
        if (typeof step === 'string') return step;
        const { sender } = step as { sender?: string };
        return sender !== undefined && sender in SENDERS ? { ...step, sender: SENDERS[sender] } : step;
      }),
  },
});
