import { Writable } from 'node:stream';
import {
  ConsoleLogger,
  type INestApplicationContext,
  Injectable,
  Logger,
  Module,
  type ModuleMetadata,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { jest } from '@jest/globals';
import { OnSignal, type PayloadOf, Signal, SignalsModule } from 'nestjs-signals';
import { transports } from 'winston';

// They require() Nest, which has to be there.
const { WinstonModule } = await import('nest-winston');
const { Logger: PinoLogger, LoggerModule } = await import('nestjs-pino');

class OrderPlaced extends Signal<{ error: unknown }> {}

@Injectable()
class Receipts {
  @OnSignal(OrderPlaced)
  mail({ error }: PayloadOf<OrderPlaced>) {
    throw error;
  }
}

const shop = { imports: [SignalsModule.forRoot(), SignalsModule.forFeature([OrderPlaced])], providers: [Receipts] };

/** Keeps what is written, line by line. */
class Lines extends Writable {
  readonly all: string[] = [];

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.all.push(...chunk.toString().trimEnd().split('\n'));
    done();
  }
}

async function appOf(
  { imports = [], ...metadata }: ModuleMetadata,
  loggerOf: (app: INestApplicationContext) => Parameters<INestApplicationContext['useLogger']>[0],
): Promise<INestApplicationContext & AsyncDisposable> {
  @Module({ ...metadata, imports: [...imports, ...shop.imports], providers: shop.providers })
  class AppModule {}
  const app = await NestFactory.createApplicationContext(AppModule, { logger: false });
  app.useLogger(loggerOf(app));
  return Object.assign(app, { [Symbol.asyncDispose]: () => app.close() });
}

function outOfPaper(): Error {
  return new Error('out of paper', { cause: new Error('the tray is empty') });
}

describe("A receiver's error is logged", () => {
  afterEach(() => Logger.overrideLogger(true));

  it('with its stack and its causes by nestjs-pino', async () => {
    const lines = new Lines();
    await using app = await appOf(
      { imports: [LoggerModule.forRoot({ pinoHttp: { level: 'error', stream: lines } })] },
      from => from.get(PinoLogger),
    );

    await app.get(OrderPlaced).sendRobust(null, { error: outOfPaper() });

    const [line] = lines.all.map(text => JSON.parse(text) as { msg: string; context: string; err: { stack: string } });
    expect(line).toMatchObject({ msg: 'Receipts.mail failed on OrderPlaced', context: 'Signals' });
    expect(line!.err.stack).toMatch(/out of paper[^]*loggers\.spec[^]*the tray is empty/);
  });

  it('with its stack and its causes by nest-winston', async () => {
    const lines = new Lines();
    const logger = WinstonModule.createLogger({ transports: [new transports.Stream({ stream: lines })] });
    await using app = await appOf({}, () => logger);

    await app.get(OrderPlaced).sendRobust(null, { error: outOfPaper() });

    const [line] = lines.all.map(text => JSON.parse(text) as { message: string; stack: string[] });
    expect(line!.message).toBe('Receipts.mail failed on OrderPlaced');
    expect(line!.stack.join()).toMatch(/out of paper[^]*loggers\.spec[^]*the tray is empty/);
  });

  it("with its stack by Nest's own", async () => {
    const written: string[] = [];
    for (const stream of [process.stdout, process.stderr])
      jest.spyOn(stream, 'write').mockImplementation(text => Boolean(written.push(String(text))));
    await using app = await appOf({}, () => new ConsoleLogger({ colors: false }));

    await app.get(OrderPlaced).sendRobust(null, { error: outOfPaper() });
    jest.restoreAllMocks();

    expect(written.join('')).toMatch(/Receipts.mail failed on OrderPlaced\n[^]*out of paper[^]*at [^]*loggers\.spec/);
  });

  it.each([
    ['a text', 'out of paper'],
    ['an error without a stack', Object.assign(new Error('out of paper'), { stack: undefined })],
    ['an error with a stack that names no place', Object.assign(new Error(), { stack: 'Error: out of paper' })],
    ['an object with a message', { message: 'out of paper' }],
    ['an object without one', { reason: 'out of paper' }],
  ])('in the message where it has no stack: %s', async (_what, error) => {
    const logged = jest.fn();
    await using app = await appOf({}, () => ({ error: logged, warn: jest.fn(), log: jest.fn() }));

    await app.get(OrderPlaced).sendRobust(null, { error });

    expect(logged.mock.calls).toEqual([
      [expect.stringMatching(/^Receipts.mail failed on OrderPlaced: .*out of paper/), undefined, 'Signals'],
    ]);
  });

  it('with each of several errors, once', async () => {
    const logged = jest.fn();
    await using app = await appOf({}, () => ({ error: logged, warn: jest.fn(), log: jest.fn() }));
    const cause = new Error('the tray is empty');
    const error = new AggregateError([cause, 'no ink'], 'two failed', { cause });
    cause.cause = error;

    await app.get(OrderPlaced).sendRobust(null, { error });

    const [message, stack] = logged.mock.calls[0]!;
    expect(message).toBe('Receipts.mail failed on OrderPlaced');
    expect(String(stack).match(/two failed|the tray is empty|no ink/g)).toEqual([
      'two failed',
      'the tray is empty',
      'no ink',
    ]);
  });
});
