import { Controller, Get, Inject, Injectable, Logger, type OnModuleInit, Scope } from '@nestjs/common';
import { LazyModuleLoader } from '@nestjs/core';
import { EventEmitter2, EventEmitterModule, OnEvent } from '@nestjs/event-emitter';
import { Test, type TestingModule } from '@nestjs/testing';
import { jest } from '@jest/globals';
import { OnSignal, Signal, SignalsModule } from 'nestjs-signals';
import { createRequire } from 'node:module';
import { compileApp, startApp } from '../support/app.js';

class Ready extends Signal {}

const { version } = createRequire(import.meta.url)('@nestjs/event-emitter/package.json') as { version: string };
const recorded: string[] = [];
const onEvent = 'ready';
const both = [EventEmitterModule.forRoot(), SignalsModule.forFeature([Ready])];

/** Receives from both. */
@Injectable()
class Both {
  @OnEvent(onEvent)
  onEvent() {
    recorded.push('event');
  }

  @OnSignal(Ready)
  onSignal() {
    recorded.push('signal');
  }
}

/** Emits the event, then sends the signal. @returns which of them were received. */
async function sendBoth(app: TestingModule): Promise<string[]> {
  await app.get(EventEmitter2).emitAsync(onEvent);
  await app.get(Ready).send(null);
  return recorded.splice(0);
}

beforeEach(() => recorded.splice(0));

/** Features of both libraries, in cases where @nestjs/event-emitter loses, repeats or breaks a delivery. */
describe(`Beside @nestjs/event-emitter ${version}`, () => {
  it('a decorator above that replaces the method does not lose the receiver', async () => {
    const wrapping: MethodDecorator = (_target, _key, descriptor: PropertyDescriptor) => {
      const wrapped = descriptor.value as (...all: unknown[]) => unknown;
      descriptor.value = function (this: unknown, ...all: unknown[]) {
        return wrapped.apply(this, all);
      };
    };
    @Injectable()
    class Both {
      @wrapping
      @OnEvent(onEvent)
      onEvent() {
        recorded.push('event');
      }

      @wrapping
      @OnSignal(Ready)
      onSignal() {
        recorded.push('signal');
      }
    }
    await using app = await startApp({ imports: both, providers: [Both] });

    expect(await sendBoth(app)).toEqual(['signal']);
  });

  it('an inherited method is connected, and one that is overridden without a decorator is not', async () => {
    abstract class Base {
      @OnEvent(onEvent)
      onEvent() {
        recorded.push(`event ${this.constructor.name}`);
      }

      @OnSignal(Ready)
      onSignal() {
        recorded.push(`signal ${this.constructor.name}`);
      }
    }
    @Injectable()
    class Inherits extends Base {}
    @Injectable()
    class Overrides extends Base {
      override onEvent() {
        recorded.push('never');
      }

      override onSignal() {
        recorded.push('never');
      }
    }
    await using app = await startApp({ imports: both, providers: [Inherits, Overrides] });

    expect(await sendBoth(app)).toEqual(['event Inherits', 'signal Inherits']);
  });

  it('a method may have several decorators, and a symbol for a name', async () => {
    class Done extends Signal {}
    const receive = Symbol('receive');
    @Injectable()
    class Both {
      @OnEvent(onEvent)
      @OnEvent('done')
      onEvent() {
        recorded.push('event');
      }

      @OnEvent(onEvent)
      @OnSignal(Ready)
      @OnSignal(Done)
      [receive]() {
        recorded.push('symbol');
      }
    }
    await using app = await startApp({
      imports: [...both, SignalsModule.forFeature([Done])],
      providers: [Both],
    });

    expect(await sendBoth(app)).toEqual(['event', 'symbol']);
    await app.get(Done).send(null);
    expect(recorded.splice(0)).toEqual(['symbol']);
  });

  it('a transient receiver has its dependencies', async () => {
    @Injectable({ scope: Scope.TRANSIENT })
    class Both {
      constructor(@Inject(Ready) private readonly ready: Ready) {}

      @OnEvent(onEvent)
      onEvent() {
        recorded.push(`event ${this.ready instanceof Ready}`);
      }

      @OnSignal(Ready)
      onSignal() {
        recorded.push(`signal ${this.ready instanceof Ready}`);
      }
    }
    await using app = await startApp({ imports: both, providers: [Both] });

    expect(await sendBoth(app)).toEqual(['event false', 'signal true']);
  });

  it('a request-scoped receiver is the one that the controller of the request has', async () => {
    let made = 0;
    @Injectable({ scope: Scope.REQUEST })
    class Both {
      private readonly number = ++made;

      @OnEvent(onEvent)
      onEvent() {
        recorded.push(`event ${this.number}`);
      }

      @OnSignal(Ready)
      onSignal() {
        recorded.push(`signal ${this.number}`);
      }
    }
    @Controller({ scope: Scope.REQUEST })
    class Shop {
      constructor(
        @Inject(Both) private readonly own: Both,
        @Inject(EventEmitter2) private readonly emitter: EventEmitter2,
        @Inject(Ready) private readonly ready: Ready,
      ) {}

      @Get()
      async open() {
        this.own.onSignal();
        await this.emitter.emitAsync(onEvent);
        await this.ready.send(this);
      }
    }
    const module = await Test.createTestingModule({
      imports: [SignalsModule.forRoot(), ...both],
      controllers: [Shop],
      providers: [Both],
    }).compile();
    const app = module.createNestApplication();
    await app.listen(0, '127.0.0.1');

    await fetch(await app.getUrl());
    await app.close();

    expect(recorded).toEqual(['signal 1', 'event 2', 'signal 1']);
  });

  it('a request-scoped controller may receive', async () => {
    @Controller({ scope: Scope.REQUEST })
    class Shop {
      @OnSignal(Ready)
      onSignal() {
        recorded.push('signal');
      }
    }
    await using app = await startApp({ imports: both, controllers: [Shop] });

    expect(await sendBoth(app)).toEqual(['signal']);
  });

  it('an object that stands under three tokens is called once, and so is an alias', async () => {
    const object = new Both();
    await using app = await startApp({
      imports: both,
      providers: [
        ...['a', 'b', 'c'].map(provide => ({ provide, useValue: object })),
        { provide: 'alias', useExisting: 'a' },
      ],
    });

    expect(await sendBoth(app)).toEqual(['event', 'event', 'event', 'signal']);
  });

  it('a module that is loaded later takes part', async () => {
    class Later {}
    await using app = await startApp({ imports: both });

    await app.get(LazyModuleLoader).load(() => ({ module: Later, providers: [Both] }));

    expect(await sendBoth(app)).toEqual(['signal']);
  });

  it('a send from a constructor and from onModuleInit is received', async () => {
    @Injectable()
    class Early implements OnModuleInit {
      constructor(
        @Inject(EventEmitter2) private readonly emitter: EventEmitter2,
        @Inject(Ready) private readonly ready: Ready,
      ) {
        emitter.emit(onEvent);
        void ready.send(this);
      }

      async onModuleInit() {
        await this.emitter.emitAsync(onEvent);
        await this.ready.send(this);
      }
    }
    await using _app = await startApp({ imports: both, providers: [Early, Both] });

    expect(recorded).toEqual(['signal', 'signal']);
  });

  it('a test module needs no init()', async () => {
    await using app = await compileApp({ imports: [SignalsModule.forRoot(), ...both], providers: [Both] });

    expect(await sendBoth(app)).toEqual(['signal']);
  });

  it('an error reaches the sender', async () => {
    @Injectable()
    class Both {
      @OnEvent(onEvent)
      onEvent() {
        throw new Error('event');
      }

      @OnSignal(Ready)
      onSignal() {
        throw new Error('signal');
      }
    }
    const error = jest.spyOn(Logger.prototype, 'error').mockReturnValue();
    await using app = await startApp({ imports: both, providers: [Both] });

    await expect(app.get(EventEmitter2).emitAsync(onEvent)).resolves.toBeDefined();
    await expect(app.get(Ready).send(null)).rejects.toThrow('signal');
    error.mockRestore();
  });

  it('a hundred receivers are no reason for a warning', async () => {
    const warning = jest.spyOn(process, 'emitWarning').mockReturnValue();
    await using app = await startApp({ imports: both });
    for (let at = 0; at < 100; at++) {
      app.get(EventEmitter2).on(onEvent, () => recorded.push('event'));
      app.get(Ready).connect(() => recorded.push('signal'));
    }

    expect(await sendBoth(app)).toHaveLength(200);
    expect(warning.mock.calls.map(([warned]) => (warned as Error).name)).toEqual(['MaxListenersExceededWarning']);
    warning.mockRestore();
  });
});
