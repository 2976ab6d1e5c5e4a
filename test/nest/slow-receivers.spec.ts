import { Injectable, Logger } from '@nestjs/common';
import { jest } from '@jest/globals';
import { afterCommit, OnSignal, type PayloadOf, Signal, SignalsModule } from 'nestjs-signals';
import { compileApp } from '../support/app.js';
import { eventually } from '../support/eventually.js';

class OrderPlaced extends Signal<{ mailed?: Promise<unknown>; printed?: Promise<unknown> }> {}

@Injectable()
class Receipts {
  @OnSignal(OrderPlaced, { uid: 'receipts.mail' })
  mail({ mailed }: PayloadOf<OrderPlaced>) {
    return mailed;
  }

  @OnSignal(OrderPlaced, { uid: 'receipts.print', delivery: afterCommit })
  async print({ printed }: PayloadOf<OrderPlaced>) {
    await printed;
  }
}

async function start(slowReceiverMs: number | false) {
  const warn = jest.spyOn(Logger.prototype, 'warn').mockReturnValue();
  const app = await compileApp({
    imports: [SignalsModule.forRoot({ slowReceiverMs }), SignalsModule.forFeature([OrderPlaced])],
    providers: [Receipts],
  });
  await app.init();
  return { app, warnings: () => warn.mock.calls.map(([line]) => String(line)) };
}

afterEach(() => jest.restoreAllMocks());

describe('A receiver that keeps its sender waiting', () => {
  it.each([
    ['inside the send', 'mailed', 'receipts.mail'],
    ['after COMMIT', 'printed', 'receipts.print'],
  ])('%s is warned of once, by its uid', async (_, waitsFor, uid) => {
    const { app, warnings } = await start(20);
    const { promise, resolve } = Promise.withResolvers<void>();
    const sends = [1, 2, 3].map(() => app.get(OrderPlaced).send(null, { [waitsFor]: promise }));
    await eventually(() => warnings().length > 0);
    resolve();
    await Promise.all(sends);
    await app.close();

    expect(warnings()).toEqual([
      expect.stringMatching(`^${uid} has been running for more than 20 ms on OrderPlaced[^]*slowReceiverMs`),
    ]);
  });

  it.each([[60_000], [false] as const])('is not warned of where the limit is %j', async limit => {
    const { app, warnings } = await start(limit);
    const quick = await start(20);
    const { promise, resolve } = Promise.withResolvers<void>();
    const sends = [app, quick.app].map(one => one.get(OrderPlaced).send(null, { mailed: promise }));
    // Both log to the same place: the second application shows that the time is up.
    await eventually(() => warnings().length > 0);
    resolve();
    await Promise.all(sends);
    await Promise.all([app.close(), quick.app.close()]);

    expect(warnings()).toEqual([expect.stringContaining('more than 20 ms')]);
  });
});
