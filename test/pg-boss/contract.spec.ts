import { jest } from '@jest/globals';
import { durable } from 'nestjs-signals';
import { LineWritten, testDelivery } from '../support/delivery-contract.js';
import { quiet } from '../support/quiet.js';
import { type DurableApp, startDurable } from './orders.js';

let t: DurableApp;
quiet();
jest.setTimeout(60_000);
beforeAll(async () => {
  t = await startDurable({ providers: [LineWritten] });
});
afterAll(() => t[Symbol.asyncDispose]());

const tested = {
  delivery: durable({ key: () => 'all', retryLimit: 0 }),
  async carryOut(work: Parameters<ReturnType<typeof t.fork>['transactional']>[0]) {
    await t.fork().transactional(work);
    await t.settled();
  },
  get: <T>(token: abstract new (...args: never[]) => T) => t.app.get<T>(token),
};

testDelivery('durable', () => tested, { isStored: true });
