import { Controller, Get, type INestApplication } from '@nestjs/common';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { once } from 'node:events';
import { IncomingMessage, type RequestListener, ServerResponse } from 'node:http';
import { connect, constants, type ClientHttp2Session, type ClientHttp2Stream } from 'node:http2';
import { type AddressInfo, Socket } from 'node:net';
import { Writable } from 'node:stream';
import { SignalsModule } from 'nestjs-signals';
import { RequestRecord } from './request-record.js';
import { ADAPTERS, RequestApp } from './request-app.js';

@Controller()
class Routes {
  @Get('ok')
  ok() {
    return { ok: true };
  }

  @Get('slow')
  slow() {
    return new Promise(() => {});
  }
}

const finishedIn = (recorded: RequestRecord) =>
  recorded.of('finished').map(({ payload: { statusCode, aborted } }) => ({ statusCode, aborted }));

const SENT = { statusCode: 200, aborted: false };

/** Waits until everything that a response emits after its end has been emitted. */
async function later(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
}

/** Calls an application as an adapter for functions in the cloud does: there is no connection that could close. */
async function invoke(app: INestApplication, url: string): Promise<void> {
  const request = Object.assign(new IncomingMessage(new Socket()), { method: 'GET', url });
  request.push(null);
  const response = new ServerResponse(request);
  const [handle] = app.getHttpServer().listeners('request') as RequestListener[];
  const finished = once(response, 'finish');
  response.assignSocket(new Writable({ write: (_chunk, _encoding, done) => done() }) as Socket);
  handle!(request, response);
  await finished;
}

describe.each(ADAPTERS)('On %s, a request that comes without a connection', adapter => {
  it('is finished once, and not aborted', async () => {
    await using app = await RequestApp.start({ adapter, controllers: [Routes] });

    await invoke(app.app, '/ok');
    await app.recorded.finished();
    await later();

    expect(finishedIn(app.recorded)).toEqual([SENT]);
  });
});

describe('On fastify, a request that is injected', () => {
  it('is finished once, and not aborted', async () => {
    await using app = await RequestApp.start({ adapter: 'fastify', controllers: [Routes] });

    await (app.app as NestFastifyApplication).inject('/ok');
    await app.recorded.finished();
    await later();

    expect(finishedIn(app.recorded)).toEqual([SENT]);
  });
});

describe('Over HTTP/2, a request', () => {
  let app: NestFastifyApplication;
  let recorded: RequestRecord;
  let session: ClientHttp2Session;

  beforeEach(async () => {
    const imports = [SignalsModule.forRoot()];
    const metadata = { imports, controllers: [Routes], providers: [RequestRecord] };
    const module = await Test.createTestingModule(metadata).compile();
    app = module.createNestApplication<NestFastifyApplication>(new FastifyAdapter({ http2: true } as object), {
      logger: false,
    });
    await app.listen(0, '127.0.0.1');
    recorded = app.get(RequestRecord);
    session = connect(`http://127.0.0.1:${(app.getHttpServer().address() as AddressInfo).port}`);
  });

  afterEach(async () => {
    session.destroy();
    await app.close();
  });

  const ask = (path: string, method = 'GET'): ClientHttp2Stream => {
    const stream = session.request({ ':path': path, ':method': method });
    stream.on('error', () => undefined);
    return stream.end();
  };

  it.each([
    { method: 'GET', path: '/ok', statusCode: 200 },
    { method: 'HEAD', path: '/ok', statusCode: 200 },
    { method: 'GET', path: '/nowhere', statusCode: 404 },
  ])('of $method $path is finished once, and not aborted', async ({ method, path, statusCode }) => {
    await once(ask(path, method).resume(), 'end');
    await recorded.finished();
    await later();

    expect(finishedIn(recorded)).toEqual([{ statusCode, aborted: false }]);
  });

  it.each([
    ['its stream', (stream: ClientHttp2Stream) => stream.close(constants.NGHTTP2_CANCEL)],
    ['its connection', () => session.destroy()],
  ])('whose client gives up %s is aborted, once', async (_, giveUp) => {
    const started = new Promise<void>(resolve => void (recorded.objection.started = () => resolve()));
    const stream = ask('/slow');
    await started;
    giveUp(stream);
    await recorded.finished();
    await later();

    expect(finishedIn(recorded)).toEqual([{ statusCode: 200, aborted: true }]);
  });
});
