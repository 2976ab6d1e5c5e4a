import { Controller, ForbiddenException, type INestApplication, Post, Res, Sse, UseGuards } from '@nestjs/common';
import { AuthGuard } from '@nestjs/passport';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { once } from 'node:events';
import { connect, Http2ServerResponse, type IncomingHttpHeaders } from 'node:http2';
import type { AddressInfo } from 'node:net';
import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { of } from 'rxjs';
import { SignalsModule } from 'nestjs-signals';
import { LoginRecord } from './login-record.js';
import { ADAPTERS } from './matrix-app.js';
import { LocalStrategy, PASSWORDS } from './people.js';

interface Reply {
  readonly raw: ServerResponse;
  hijack(): unknown;
  send(text: string): unknown;
}

/** The response of Node, which Fastify leaves to the application. */
function ownOf(response: ServerResponse | Reply): ServerResponse {
  if (!('raw' in response)) return response;
  response.hijack();
  return response.raw;
}

function turn(): Promise<void> {
  return new Promise(setImmediate);
}

async function* words() {
  for (const word of ['a ', 'secret']) {
    await turn();
    yield word;
  }
}

@UseGuards(AuthGuard('local'))
@Controller()
class Routes {
  /** The work that goes on after the route has returned. */
  rest: Promise<void> = Promise.resolve();
  response: object | undefined;

  @Post('at-once')
  atOnce(@Res() response: ServerResponse | Reply) {
    const own = ownOf(response);
    this.response = own;
    own.setHeader('set-cookie', 'token=secret');
    own.writeHead(200);
    own.end('a secret');
  }

  @Post('in-parts')
  async inParts(@Res() response: ServerResponse | Reply) {
    const own = ownOf(response);
    if (!own.write('a ')) await once(own, 'drain');
    for (let times = 0; times < 20; times++) await turn();
    own.end('secret');
  }

  @Post('after-returning')
  afterReturning(@Res() response: ServerResponse | Reply) {
    const own = ownOf(response);
    setImmediate(() => own.end('a secret'));
  }

  @Post('late')
  async late(@Res() response: ServerResponse | Reply) {
    await turn();
    this.rest = (async () => {
      for (let times = 0; times < 20; times++) await turn();
      if ('raw' in response) response.send('a secret');
      else
        response
          .setHeader('x-late', 'secret')
          .writeHead(200)
          .write('a ', () => response.end('secret'));
    })();
  }

  @Post('piped')
  piped(@Res() response: ServerResponse | Reply) {
    Readable.from(words()).pipe(ownOf(response));
  }

  @Post('events')
  @Sse()
  events() {
    return of({ data: 'a secret' });
  }
}

const PATHS = ['at-once', 'in-parts', 'after-returning', 'late', 'piped', 'events'];

describe.each(ADAPTERS)('On %s, an answer that a route writes by itself', adapter => {
  let app: INestApplication;
  let url: string;

  beforeAll(async () => {
    const module = await Test.createTestingModule({
      imports: [SignalsModule.forRoot()],
      controllers: [Routes],
      providers: [LoginRecord, LocalStrategy],
    }).compile();
    app = module.createNestApplication(adapter === 'express' ? new ExpressAdapter() : new FastifyAdapter());
    app.useLogger(false);
    await app.listen(0, '127.0.0.1');
    url = `http://127.0.0.1:${(app.getHttpServer().address() as AddressInfo).port}`;
  });

  afterAll(() => app.close());

  async function login(path: string, objection: () => unknown) {
    const recorded = app.get(LoginRecord);
    recorded.objection.in = async () => {
      for (let times = 0; times < 5; times++) await turn();
      objection();
    };
    const response = await fetch(`${url}/${path}`, {
      method: 'POST',
      body: JSON.stringify({ username: 'ann', password: PASSWORDS.ann }),
      headers: { 'content-type': 'application/json' },
    });
    const { status, headers } = response;
    await app.get(Routes).rest;
    return { status, text: await response.text(), cookies: headers.getSetCookie(), signals: recorded.take() };
  }

  it.each(PATHS)('waits for receivers: %s', async path => {
    const { text, signals } = await login(path, () => undefined);

    expect(text).toMatch(/a secret/);
    expect(signals).toEqual(['in']);
  });

  it.each(PATHS)('is the refusal of a receiver instead: %s', async path => {
    const { status, text, cookies, signals } = await login(path, () => {
      throw new ForbiddenException('banned');
    });

    expect({ status, cookies, signals }).toEqual({ status: 403, cookies: [], signals: ['in'] });
    expect(JSON.parse(text)).toEqual({ statusCode: 403, error: 'Forbidden', message: 'banned' });
  });

  it.each(PATHS)('shows nothing of an error that is no exception of Nest: %s', async path => {
    const { status, text } = await login(path, () => {
      throw new Error('no connection to db.internal');
    });

    expect({ status, answer: JSON.parse(text) as unknown }).toEqual({
      status: 500,
      answer: { statusCode: 500, message: 'Internal server error' },
    });
  });
});

it('On HTTP/2, a refusal is answered in the same way, and adds no call to a response', async () => {
  const module = await Test.createTestingModule({
    imports: [SignalsModule.forRoot()],
    controllers: [Routes],
    providers: [LoginRecord, LocalStrategy],
  }).compile();
  const app = module.createNestApplication(new FastifyAdapter({ http2: true }));
  app.useLogger(false);
  await app.listen(0, '127.0.0.1');
  app.get(LoginRecord).objection.in = () => {
    throw new ForbiddenException('banned');
  };
  const session = connect(`http://127.0.0.1:${(app.getHttpServer().address() as AddressInfo).port}`);
  const request = session.request({ ':method': 'POST', ':path': '/at-once', 'content-type': 'application/json' });
  const answered = once(request, 'response') as Promise<[IncomingHttpHeaders]>;
  request.end(JSON.stringify({ username: 'ann', password: PASSWORDS.ann }));
  const text = (await request.setEncoding('utf8').toArray()).join('');
  const [headers] = await answered;
  session.close();
  await app.close();

  expect({ status: headers[':status'], cookies: headers['set-cookie'] }).toEqual({ status: 403, cookies: undefined });
  expect(JSON.parse(text)).toMatchObject({ message: 'banned' });
  const calls = ['setHeaders', 'appendHeader'].map(name => typeof Reflect.get(app.get(Routes).response!, name));
  expect(calls).toEqual(
    ['setHeaders', 'appendHeader'].map(name => typeof Reflect.get(Http2ServerResponse.prototype, name)),
  );
});
