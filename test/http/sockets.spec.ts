import { type CanActivate, Catch, type ExceptionFilter, Injectable, UseFilters, UseGuards } from '@nestjs/common';
import { WsAdapter } from '@nestjs/platform-ws';
import { MessageBody, SubscribeMessage, WebSocketGateway, WsException } from '@nestjs/websockets';
import { once } from 'node:events';
import { from, map } from 'rxjs';
import type { RequestRecord } from './request-record.js';
import { RequestApp } from './request-app.js';

@Injectable()
class FailingGuard implements CanActivate {
  canActivate(): boolean {
    throw new Error('the guard fails');
  }
}

@Catch()
class Silent implements ExceptionFilter {
  catch(): void {}
}

@WebSocketGateway()
class Chat {
  @SubscribeMessage('say')
  say(@MessageBody() text: string) {
    return { event: 'said', data: text };
  }

  @SubscribeMessage('spell')
  spell(@MessageBody() text: string) {
    return from(text.split('')).pipe(map(data => ({ event: 'letter', data })));
  }

  @SubscribeMessage('fails')
  async fails() {
    await new Promise(setImmediate);
    throw new Error('the message fails');
  }

  @UseGuards(FailingGuard)
  @SubscribeMessage('guarded')
  guarded() {}

  @UseFilters(Silent)
  @SubscribeMessage('silent')
  silent() {
    throw new Error('silent');
  }

  @SubscribeMessage('foreseen')
  foreseen() {
    throw new WsException('no such room');
  }
}

describe('A WebSocket gateway', () => {
  let app: RequestApp;
  let recorded: RequestRecord;
  let socket: WebSocket;

  beforeAll(async () => {
    app = await RequestApp.start({ providers: [Chat], prepare: it => it.useWebSocketAdapter(new WsAdapter(it)) });
    ({ recorded } = app);
    socket = new WebSocket(app.url.replace('http', 'ws'));
    await once(socket, 'open');
  });

  beforeEach(() => {
    recorded.take();
    recorded.objection = {};
  });

  afterAll(async () => {
    socket.close();
    await app[Symbol.asyncDispose]();
  });

  const ask = async (event: string, data?: unknown) => {
    socket.send(JSON.stringify({ event, data }));
    await recorded.finished();
  };

  it('reports each message as of a request, by the class of its adapter', async () => {
    const answer = once(socket, 'message') as Promise<[{ data: string }]>;
    await ask('say', 'hello');

    const [started, finished] = recorded.all;
    expect((await answer)[0].data).toBe('{"event":"said","data":"hello"}');
    expect(recorded.names).toEqual(['started', 'finished']);
    expect(started!.sender).toBe(WsAdapter);
    expect(started!.payload.request).toMatchObject({ pattern: 'say', data: 'hello', client: expect.anything() });
    expect(finished!.payload).toMatchObject({ statusCode: 200, aborted: false });
    expect(finished!.payload.request).toBe(started!.payload.request);
  });

  it('reports a message with several answers when the last has been given', async () => {
    await ask('spell', 'abc');

    expect(recorded.names).toEqual(['started', 'finished']);
  });

  it.each(['fails', 'guarded', 'silent'])('reports the exception of %s, by its gateway', async event => {
    const answer = event === 'silent' ? undefined : once(socket, 'message');
    await ask(event);
    await answer;

    expect(recorded.names).toEqual(['started', 'exception', 'finished']);
    expect(recorded.of('exception')[0]!.sender).toBe(Chat);
    expect(recorded.of('exception')[0]!.payload.request).toBe(recorded.of('started')[0]!.payload.request);
    expect(recorded.of('finished')[0]!.payload).toMatchObject({ statusCode: 500, aborted: false });
  });

  it('takes a WsException for an answer', async () => {
    const answer = once(socket, 'message') as Promise<[{ data: string }]>;
    await ask('foreseen');

    expect((await answer)[0].data).toContain('no such room');
    expect(recorded.names).toEqual(['started', 'finished']);
    expect(recorded.of('finished')[0]!.payload.statusCode).toBe(400);
  });

  it('logs the error of a receiver of RequestStarted, and goes on', async () => {
    recorded.objection.started = () => {
      throw new Error('the meter is down');
    };
    const answer = once(socket, 'message') as Promise<[{ data: string }]>;

    await ask('say', 'hello again');

    expect((await answer)[0].data).toContain('hello again');
    expect(recorded.names).toEqual(['started', 'finished']);
  });
});
