import { jest } from '@jest/globals';
import { Inject, Injectable } from '@nestjs/common';
import { OnSignal, Signal, SignalsModule } from 'nestjs-signals';
import { settled } from 'nestjs-signals/testing';
import { compileApp, startApp } from '../support/app.js';

class First extends Signal {}
class Second extends Signal {}
class Third extends Signal {}

/** Three signals in a row, sent without being awaited; each begins when the gate opens. */
@Injectable()
class Cascade {
  readonly gate = Promise.withResolvers<void>();
  readonly done: string[] = [];

  constructor(
    @Inject(First) private readonly first: First,
    @Inject(Second) private readonly second: Second,
    @Inject(Third) private readonly third: Third,
  ) {}

  start(): void {
    void this.first.send(this).then(() => this.third.send(this));
  }

  @OnSignal(First)
  async onFirst() {
    await this.gate.promise;
    void this.second.send(this);
    this.done.push('first');
  }

  @OnSignal(Second)
  async onSecond() {
    await new Promise(setImmediate);
    this.done.push('second');
  }

  @OnSignal(Third)
  async onThird() {
    await new Promise(setImmediate);
    this.done.push('third');
  }
}

const cascade = { providers: [First, Second, Third, Cascade] };

describe('settled', () => {
  it('waits as long as it is asked to, and refuses what no timer can wait', async () => {
    await using app = await startApp(cascade);
    app.get(Cascade).start();
    setImmediate(() => app.get(Cascade).gate.resolve());

    for (const timeoutMs of [-1, Number.NaN, Infinity, 2 ** 31]) {
      await expect(settled(app, { timeoutMs })).rejects.toMatchObject({ code: 'UNKNOWN_OPTION' });
    }
    await settled(app, { timeoutMs: 2 ** 31 - 1 });

    expect(app.get(Cascade).done).toHaveLength(3);
  });

  it('resolves when everything that was sent has been received, nested and following sends included', async () => {
    await using app = await startApp(cascade);
    app.get(Cascade).start();
    setImmediate(() => app.get(Cascade).gate.resolve());

    await settled(app);

    expect(app.get(Cascade).done.sort()).toEqual(['first', 'second', 'third']);
  });

  it('resolves at once when nothing is under way, and for several who wait', async () => {
    await using app = await startApp(cascade);
    await settled(app);

    app.get(Cascade).start();
    const both = Promise.all([settled(app), settled(app)]);
    app.get(Cascade).gate.resolve();
    await both;

    expect(app.get(Cascade).done).toHaveLength(3);
  });

  it('names what is still waited for when the time is up', async () => {
    await using app = await startApp(cascade);
    app.get(Cascade).start();

    await expect(settled(app, { timeoutMs: 10 })).rejects.toThrow(
      expect.objectContaining({
        code: 'NOT_SETTLED',
        message: expect.stringMatching(/^After 10 ms these have not ended: Cascade\.onFirst \(First\)\./),
      }),
    );
    app.get(Cascade).gate.resolve();
    await settled(app);
    expect(app.get(Cascade).done).toHaveLength(3);
  });

  it('waits for a send whose payload is still being checked', async () => {
    const checked = Promise.withResolvers<{}>();
    class Checked extends Signal {
      static override readonly schema = {
        '~standard': { version: 1 as const, vendor: 'test', validate: () => checked.promise },
      };
    }
    await using app = await startApp({ providers: [Checked] });
    const recorded: string[] = [];
    app.get(Checked).connect(() => void recorded.push('checked'));
    void app.get(Checked).send(null);
    setImmediate(() => checked.resolve({}));

    await settled(app);

    expect(recorded).toEqual(['checked']);
  });

  it('is not stopped by fake timers', async () => {
    await using app = await startApp(cascade);
    jest.useFakeTimers();
    try {
      app.get(Cascade).start();
      await expect(settled(app, { timeoutMs: 10 })).rejects.toThrow(/Cascade\.onFirst/);
    } finally {
      jest.useRealTimers();
    }
    app.get(Cascade).gate.resolve();
    await settled(app);
  });

  it('works without `init()`, and refuses a closed application', async () => {
    const app = await compileApp({ imports: [SignalsModule.forRoot()], ...cascade });
    await settled(app);
    await app.close();

    await expect(settled(app)).rejects.toMatchObject({ code: 'APPLICATION_CLOSED' });
  });
});
