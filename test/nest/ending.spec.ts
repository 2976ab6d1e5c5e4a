import { Injectable, Logger } from '@nestjs/common';
import { jest } from '@jest/globals';
import { OnSignal, type PayloadOf, Signal, SignalsModule } from 'nestjs-signals';
import { compileApp } from '../support/app.js';

class Ready extends Signal<{ from: string }> {}

const signals = SignalsModule.forFeature([Ready]);

@Injectable()
class Log {
  readonly recorded: string[] = [];

  @OnSignal(Ready)
  onReady({ from }: PayloadOf<Ready>) {
    this.recorded.push(from);
  }
}

@Injectable()
class Twice {
  @OnSignal(Ready, { uid: 'twice' })
  one() {}

  @OnSignal(Ready, { uid: 'twice' })
  other() {}
}

describe('app.close()', () => {
  it('ends in its time under fake timers, although a receiver never does', async () => {
    const warn = jest.spyOn(Logger.prototype, 'warn').mockReturnValue();
    const app = await compileApp({ imports: [SignalsModule.forRoot({ shutdownTimeoutMs: 20 }), signals] });
    await app.init();
    app.get(Ready).connect(() => new Promise(() => {}), { uid: 'endless' });
    void app.get(Ready).send(null, { from: 'test' });
    jest.useFakeTimers();

    await app.close();

    jest.useRealTimers();
    expect(String(warn.mock.calls)).toContain('endless (Ready)');
    warn.mockRestore();
  });
});

describe('A send of a module that shuts down after the signals', () => {
  it('is said in the log, once for each signal that had receivers', async () => {
    const warn = jest.spyOn(Logger.prototype, 'warn').mockReturnValue();
    class Unheard extends Signal {}
    const app = await compileApp({ imports: [SignalsModule.forRoot(), signals], providers: [Log, Unheard] });
    await app.init();
    const [ready, unheard, log] = [app.get(Ready), app.get(Unheard), app.get(Log)];
    await app.close();

    expect(await ready.send(null, { from: 'the end' })).toEqual([]);
    expect(ready.sendSync(null, { from: 'after the end' })).toEqual([]);
    expect(await unheard.sendRobust(null)).toEqual([]);

    expect(log.recorded).toEqual([]);
    expect(warn.mock.calls).toEqual([[expect.stringMatching(/^Ready was sent while .* beforeApplicationShutdown/)]]);
    warn.mockRestore();
  });
});

describe('A signal that was made with `new`', () => {
  const providing = (ready: Ready) => ({
    imports: [SignalsModule.forRoot()],
    providers: [{ provide: Ready, useValue: ready }, Log],
  });

  it('belongs to one running application: the second is refused', async () => {
    const ready = new Ready();
    await using app = await compileApp(providing(ready));
    await app.init();

    await expect(compileApp(providing(ready)).then(second => second.init())).rejects.toMatchObject({
      code: 'SIGNAL_OF_ANOTHER_APPLICATION',
      message: expect.stringContaining('useFactory: () => new Ready()'),
    });
    await ready.send(null, { from: 'first' });

    expect(app.get(Log).recorded).toEqual(['first']);
  });

  it('may be given to the next when the first is closed, or has not started', async () => {
    const ready = new Ready();
    const broken = {
      imports: [SignalsModule.forRoot()],
      providers: [{ provide: Ready, useValue: ready }, Twice],
    };
    await expect(compileApp(broken).then(app => app.init())).rejects.toMatchObject({ code: 'RECEIVER_UID_TAKEN' });
    const first = await compileApp(providing(ready));
    await first.init();
    await first.close();
    await using second = await compileApp(providing(ready));
    await second.init();

    await ready.send(null, { from: 'second' });

    expect(second.get(Log).recorded).toEqual(['second']);
  });
});
