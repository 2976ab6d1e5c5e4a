import { Session } from 'node:inspector';
import { jest } from '@jest/globals';
import { type INestApplicationContext, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { OnSignal, SignalRegistry, SignalsModule } from 'nestjs-signals';
import { graphOf, type GraphSignal, SIGNAL_GRAPH_SCHEMA, type SignalGraph } from 'nestjs-signals/inspector';
import { z } from 'zod';
import { AppModule, made, OrderPlaced } from './fixtures/kinds.js';

const OPTIONS = { logger: false, abortOnError: false } as const;

async function previewOf(module: object): Promise<SignalGraph> {
  return graphOf(await NestFactory.createApplicationContext(module as typeof AppModule, { ...OPTIONS, preview: true }));
}

function signalIn({ signals }: SignalGraph, named: string): GraphSignal {
  return signals.find(({ name }) => name === named)!;
}

/** The uids of receivers, by signal. */
function uidsOf({ signals }: SignalGraph): Record<string, string[]> {
  return Object.fromEntries(signals.map(({ name, receivers }) => [name, receivers.map(({ uid }) => uid)]));
}

describe('graphOf() of a preview', () => {
  it('shows every kind of receiver in the order in which they run, and makes no provider', async () => {
    made.length = 0;
    const graph = await previewOf(AppModule);

    expect(graph).toMatchObject({ version: 1, preview: true });
    expect(uidsOf(graph)).toEqual({
      OrderPlaced: ['Receipts.count', 'receipts.mail', 'Scoped.all'],
      OrderSignal: ['Scoped.all'],
      StockChanged: ['Receipts.count', 'Shelves.inherited'],
      Unheard: [],
      Unprovided: ['OrdersController.unprovided'],
      'order.paid': ['Receipts.count', 'Scoped.all'],
    });
    expect(made).toEqual([]);
  });

  it('shows what a receiver was connected with, and where it is written', async () => {
    const { receivers } = signalIn(await previewOf(AppModule), 'OrderPlaced');

    expect(receivers.find(({ uid }) => uid === 'receipts.mail')).toEqual({
      uid: 'receipts.mail',
      method: 'Receipts.mail',
      module: 'OrdersModule',
      source: expect.stringMatching(/^test\/inspector\/fixtures\/kinds\.ts:\d+$/),
      where: '@OnSignal(OrderPlaced) on Receipts.mail',
      senders: ['Order', 'GiftOrder'],
      includeSubclasses: false,
      delivery: 'inline',
      options: { timeoutMs: 500 },
    });
    expect(receivers[0]!.options).toEqual({ before: ['receipts.mail'], when: true });
  });

  it('shows who can send a signal: who injects it, by its class, a property or an alias', async () => {
    const graph = await previewOf(AppModule);
    const sendersOf = (name: string) => signalIn(graph, name).sentBy.map(sender => `${sender.class} ${sender.module}`);

    expect(sendersOf('OrderPlaced')).toEqual(['OrdersService OrdersModule', 'factory of checkout OrdersModule']);
    expect(sendersOf('order.paid')).toEqual(['OrdersService OrdersModule']);
    expect(signalIn(graph, 'order.paid')).toMatchObject({ class: 'OrderPaid', payloadVersion: 3 });
  });

  it('shows which modules provide a signal, and why nothing sends it', async () => {
    const graph = await previewOf(AppModule);
    const ofEach = graph.signals.map(({ name, modules, neverSent }) => [name, modules, neverSent]);

    expect(ofEach).toEqual([
      ['OrderPlaced', ['OrdersModule'], undefined],
      ['OrderSignal', [], undefined],
      ['StockChanged', ['StockModule'], 'no class injects it'],
      ['Unheard', ['StockModule'], 'no class injects it'],
      ['Unprovided', [], 'no module provides it'],
      ['order.paid', ['OrdersModule'], undefined],
    ]);
    expect(signalIn(graph, 'OrderSignal').extendedBy).toEqual(['OrderPlaced', 'order.paid']);
  });

  it('shows the schema of a payload as JSON Schema where the validator can write it', async () => {
    const graph = await previewOf(AppModule);

    expect(signalIn(graph, 'StockChanged').payload).toMatchObject({ properties: { id: { type: 'number' } } });
    expect(signalIn(graph, 'OrderPlaced').payload).toBeUndefined();
  });

  it('asks the debugger of Node once where a function is written', async () => {
    class Late {
      @OnSignal(OrderPlaced)
      late(): void {}
    }
    @Module({ imports: [AppModule], providers: [Late] })
    class Larger {}
    const first = await previewOf(AppModule);
    const post = jest.spyOn(Session.prototype, 'post');
    const again = await previewOf(AppModule);
    expect(post).not.toHaveBeenCalled();
    const larger = await previewOf(Larger);
    const asked = post.mock.calls.filter(([method]) => (method as string) === 'Runtime.getProperties');
    post.mockRestore();

    expect(again).toEqual(first);
    expect(asked).toHaveLength(1);
    expect(signalIn(larger, 'OrderPlaced').receivers).toContainEqual(
      expect.objectContaining({
        uid: 'Late.late',
        source: expect.stringMatching(/graph-of\.spec\.ts:\d+$/),
      }),
    );
  });

  // As that of Deno does.
  it('shows no places where the debugger answers with an error, or later', async () => {
    const post = jest.spyOn(Session.prototype, 'post');
    const answers = [
      (answer: (error: Error) => void) => answer(new Error('Not supported')),
      (answer: (error: Error) => void) => process.nextTick(answer, new Error('Not supported')),
      (answer: (error: null, given: object) => void) => process.nextTick(answer, null, { result: {} }),
    ];
    for (const give of answers) {
      post.mockImplementation((...given: unknown[]) => {
        const answer = given.at(-1);
        if (typeof answer === 'function') give(answer as (error: null | Error, given?: object) => void);
      });
      class Late {
        @OnSignal(OrderPlaced)
        late(): void {}
      }
      @Module({ imports: [SignalsModule.forRoot()], providers: [OrderPlaced, Late] })
      class Shop {}
      const { receivers } = signalIn(await previewOf(Shop), 'OrderPlaced');

      expect(receivers).toMatchObject([{ uid: 'Late.late' }]);
      expect(receivers[0]!.source).toBeUndefined();
    }
    expect(post).toHaveBeenCalledWith('Runtime.evaluate', expect.anything(), expect.any(Function));
    post.mockRestore();
  });

  it('shows what a start would refuse', async () => {
    class Late {
      @OnSignal(OrderPlaced, { after: 'missing' })
      late(): void {}
    }
    @Module({ imports: [SignalsModule.forRoot()], providers: [OrderPlaced, Late] })
    class Wrong {}

    await expect(previewOf(Wrong)).rejects.toMatchObject({ code: 'RECEIVER_ORDER_UNKNOWN' });
  });

  it('refuses an application without SignalsModule.forRoot()', async () => {
    @Module({})
    class Bare {}

    await expect(previewOf(Bare)).rejects.toMatchObject({ code: 'MODULE_NOT_IMPORTED' });
  });

  it('is JSON that fits its schema', async () => {
    const graph = await previewOf(AppModule);
    const schema = z.fromJSONSchema(SIGNAL_GRAPH_SCHEMA as Parameters<typeof z.fromJSONSchema>[0]);

    expect(JSON.parse(JSON.stringify(graph))).toEqual(graph);
    expect(schema.safeParse(graph).success).toBe(true);
    expect(schema.safeParse({ ...graph, signals: [{ name: 1 }] }).success).toBe(false);
  });
});

describe('graphOf() of a running application', () => {
  let app: INestApplicationContext;
  afterEach(() => app.close());

  it('is that of its preview, and as its registry says', async () => {
    const preview = await previewOf(AppModule);
    app = await NestFactory.createApplicationContext(AppModule, OPTIONS);
    const running = graphOf(app);
    const listed = app.get(SignalRegistry).receivers();

    expect(running).toEqual({ ...preview, preview: false });
    for (const { receivers, name } of preview.signals) {
      const ofSignal = listed.filter(({ signal }) =>
        [signal.name, (signal as { signalName?: string }).signalName].includes(name),
      );
      expect(receivers.map(({ uid, where, delivery }) => ({ uid, where, delivery }))).toEqual(
        ofSignal.map(({ uid, where, delivery }) => ({ uid, where, delivery })),
      );
    }
  });

  it('lists a class that two modules provide once, as it is called once', async () => {
    class Shared {
      @OnSignal(OrderPlaced)
      receive(): void {}
    }
    @Module({ providers: [Shared] })
    class One {}
    @Module({ providers: [Shared, { provide: 'alias', useExisting: Shared }] })
    class Other {}
    @Module({ imports: [SignalsModule.forRoot(), One, Other], providers: [OrderPlaced] })
    class Twice {}
    app = await NestFactory.createApplicationContext(Twice, OPTIONS);

    expect(uidsOf(await previewOf(Twice))).toEqual({ OrderPlaced: ['Shared.receive'] });
    expect(uidsOf(graphOf(app))).toEqual({ OrderPlaced: ['Shared.receive'] });
  });

  it('shows what was connected meanwhile, and where that function is written', async () => {
    app = await NestFactory.createApplicationContext(AppModule, OPTIONS);
    app.get(OrderPlaced, { strict: false }).connect(function warn() {});

    expect(signalIn(graphOf(app), 'OrderPlaced').receivers.at(-1)).toMatchObject({
      uid: 'warn',
      source: expect.stringMatching(/^test\/inspector\/graph-of\.spec\.ts:\d+$/),
      where: 'OrderPlaced.connect(warn)',
    });
  });
});
