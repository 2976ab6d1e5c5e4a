import { Injectable, type Type } from '@nestjs/common';
import { OnSignal, Signal, SignalsModule } from 'nestjs-signals';
import { compileApp } from '../support/app.js';
import { OrderPlaced } from '../support/order-placed.js';

/** Starts an application with a provider that is wrong, and one that is right beside it. */
async function start(provider: Type | Type[], options: object = {}) {
  @Injectable()
  class Right {
    calls = 0;

    @OnSignal(OrderPlaced)
    onPlaced() {
      this.calls++;
    }
  }
  const app = await compileApp({
    imports: [SignalsModule.forRoot(options), SignalsModule.forFeature([OrderPlaced])],
    providers: [Right, provider].flat(),
  });
  return { app, starting: app.init(), right: app.get(Right) };
}

describe('a mistake in @OnSignal', () => {
  it('is refused at start: an option that does not exist', async () => {
    @Injectable()
    class Receipts {
      @OnSignal(OrderPlaced, { sendr: 'web' } as never)
      mail() {}
    }
    const { starting } = await start(Receipts);

    await expect(starting).rejects.toMatchObject({ code: 'UNKNOWN_OPTION' });
    await expect(starting).rejects.toThrow(
      /'sendr'[^\n]*\n {2}at: {2}@OnSignal\(OrderPlaced\) on Receipts\.mail\n {2}fix: use one of sender/,
    );
  });

  it('is refused at start: a first argument that is not a signal', async () => {
    @Injectable()
    class Receipts {
      @OnSignal(class NotASignal {} as never)
      mail() {}
    }
    const { starting } = await start(Receipts);

    await expect(starting).rejects.toMatchObject({ code: 'NOT_A_SIGNAL' });
    await expect(starting).rejects.toThrow(/NotASignal is not a signal[^]*Receipts\.mail/);
  });

  it('is refused at start: a signal that is undefined, as a circular import leaves it', async () => {
    @Injectable()
    class Receipts {
      @OnSignal(undefined as never)
      mail() {}
    }
    const { starting } = await start(Receipts);

    await expect(starting).rejects.toMatchObject({ code: 'NOT_A_SIGNAL' });
    await expect(starting).rejects.toThrow(/Receipts\.mail[^]*circular import/);
  });

  it('is refused at start: two methods with one uid for the same signal and sender', async () => {
    @Injectable()
    class Receipts {
      @OnSignal(OrderPlaced, { uid: 'receipts.mail' })
      mail() {}

      @OnSignal(OrderPlaced, { uid: 'receipts.mail' })
      print() {}
    }
    const { starting } = await start(Receipts);

    await expect(starting).rejects.toMatchObject({ code: 'RECEIVER_UID_TAKEN' });
    await expect(starting).rejects.toThrow(/'receipts\.mail'[^]*Receipts\.mail and [^]*Receipts\.print/);
  });

  it('is refused at start: a method with a uid that two classes inherit, and one overrides in the end', async () => {
    class Mails {
      @OnSignal(OrderPlaced, { uid: 'mails.send' })
      send() {}
    }
    @Injectable()
    class Receipts extends Mails {}
    @Injectable()
    class Bills extends Mails {}
    @Injectable()
    class Reminders extends Mails {
      @OnSignal(OrderPlaced, { uid: 'reminders.send' })
      override send() {}
    }
    const { starting } = await start([Receipts, Bills]);

    await expect(starting).rejects.toMatchObject({ code: 'RECEIVER_UID_TAKEN' });
    await expect(starting).rejects.toThrow(/Receipts\.send and [^]*Bills\.send[^]*override send in one of them/);
    const { app, starting: overriding } = await start([Receipts, Reminders]);
    await expect(overriding).resolves.toBe(app);
  });

  it('is refused at start: an override that has taken the uid of its base class over, too', async () => {
    @Injectable()
    class Receipts {
      @OnSignal(OrderPlaced, { uid: 'mails.send' })
      send() {}
    }
    @Injectable()
    class Reminders extends Receipts {
      @OnSignal(OrderPlaced, { uid: 'mails.send' })
      override send() {}
    }
    const { starting } = await start([Receipts, Reminders]);

    await expect(starting).rejects.toThrow(/fix: give one of them another uid/);
  });

  it('is not a mistake: one uid for two signals, or for two senders', async () => {
    class OrderCancelled extends Signal<{ orderId: string }> {}
    @Injectable()
    class Receipts {
      @OnSignal(OrderPlaced, { uid: 'receipts.mail', sender: 'web' })
      mail() {}

      @OnSignal(OrderPlaced, { uid: 'receipts.mail', sender: 'phone' })
      print() {}

      @OnSignal(OrderCancelled, { uid: 'receipts.mail' })
      shred() {}
    }
    const { app, starting } = await start(Receipts);

    await expect(starting).resolves.toBe(app);
  });

  it('is refused at start: a static method', async () => {
    @Injectable()
    class Receipts {
      @(OnSignal(OrderPlaced) as MethodDecorator)
      static mail() {}
    }
    const { starting } = await start(Receipts);

    await expect(starting).rejects.toMatchObject({ code: 'NOT_A_RECEIVER' });
    await expect(starting).rejects.toThrow(/Receipts\.mail cannot receive signals: it is static/);
  });

  it('is refused at start: a static method of a base class, also where an instance has a method of that name', async () => {
    class Base {
      @(OnSignal(OrderPlaced) as MethodDecorator)
      static mail() {}
    }
    @Injectable()
    class Receipts extends Base {
      @OnSignal(OrderPlaced)
      mail() {}
    }
    const { starting } = await start(Receipts);

    await expect(starting).rejects.toThrow(/Receipts\.mail cannot receive signals: it is static/);
  });

  it('is refused at start: a property that is no method', async () => {
    @Injectable()
    class Receipts {
      @(OnSignal(OrderPlaced) as PropertyDecorator)
      mail = 'not a method';
    }
    const { starting } = await start(Receipts);

    await expect(starting).rejects.toMatchObject({ code: 'NOT_A_RECEIVER' });
  });

  it('leaves nothing connected', async () => {
    @Injectable()
    class Receipts {
      @OnSignal(OrderPlaced, { sendr: 'web' } as never)
      mail() {}
    }
    const { app, starting, right } = await start(Receipts);
    await expect(starting).rejects.toThrow('sendr');

    await expect(app.get(OrderPlaced).send(null, { orderId: '1' })).rejects.toMatchObject({ code: 'UNKNOWN_OPTION' });
    expect(app.get(OrderPlaced).hasReceivers()).toBe(false);
    expect(right.calls).toBe(0);
  });
});

describe('a mistake in SignalsModule', () => {
  it('is refused at start: an option that does not exist', async () => {
    const compiling = compileApp({ imports: [SignalsModule.forRoot({ mikroorm: false } as never)] });

    await expect(compiling).rejects.toMatchObject({ code: 'UNKNOWN_OPTION' });
    await expect(compiling).rejects.toThrow(/'mikroorm'[^]*use one of mikroOrm/);
  });

  it('is refused at once: something else than a signal in forFeature', () => {
    expect(() => SignalsModule.forFeature([class Orders {} as never])).toThrow(
      expect.objectContaining({ code: 'NOT_A_SIGNAL' }),
    );
    expect(() => SignalsModule.forFeature([undefined as never])).toThrow(/circular import/);
  });

  it.each([
    { durable: null },
    { durable: {} },
    { durable: 'pg-boss' },
    { telemetry: 'otlp' },
    { telemetry: { link: true } },
  ])('is refused at start: what only looks like a part of the package, %j', async options => {
    await expect(compileApp({ imports: [SignalsModule.forRoot(options as never)] })).rejects.toMatchObject({
      code: 'UNKNOWN_OPTION',
      message: expect.stringMatching(/cannot be used[^]*from 'nestjs-signals\/(pg-boss|opentelemetry)'/) as string,
    });
  });

  it('is refused at start: a signal without SignalsModule.forRoot()', async () => {
    const compiling = compileApp({ imports: [SignalsModule.forFeature([OrderPlaced])] });

    await expect(compiling).rejects.toThrow(/OrderPlaced[^]*import SignalsModule\.forRoot\(\) in the root module/);
  });
});
