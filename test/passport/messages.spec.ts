import { Controller, type INestMicroservice } from '@nestjs/common';
import { ClientProxyFactory, MessagePattern, Payload, RpcException, Transport } from '@nestjs/microservices';
import { WsAdapter } from '@nestjs/platform-ws';
import { Test } from '@nestjs/testing';
import { ConnectedSocket, MessageBody, SubscribeMessage, WebSocketGateway, WsException } from '@nestjs/websockets';
import { AuthSignals, SignalsModule } from 'nestjs-signals';
import { once } from 'node:events';
import type { AddressInfo, Server } from 'node:net';
import { firstValueFrom } from 'rxjs';
import { LoginRecord } from './login-record.js';
import { LoginApp } from './login-app.js';
import { ANN, PASSWORDS } from './people.js';

interface Credentials {
  readonly username: string;
  readonly password: string;
}

const GOOD = { username: 'ann', password: PASSWORDS.ann! };
const BAD = { username: 'ann', password: 'a guess' };
const MASKED = { username: 'ann', password: '********************' };

@WebSocketGateway()
class Chat {
  constructor(private readonly auth: AuthSignals) {}

  /** The message is the request, not the socket: a socket may try many times. */
  @SubscribeMessage('login')
  async login(@MessageBody() data: Credentials, @ConnectedSocket() client: object) {
    const request = { data, client };
    if (data.password === PASSWORDS.ann) await this.auth.loggedIn(request, ANN);
    else await this.auth.loginFailed(data, request);
    return { event: 'done' };
  }

  @SubscribeMessage('careful')
  async careful(@MessageBody() data: Credentials) {
    await this.auth.loginFailed(data).catch((error: Error) => {
      throw new WsException(error.message);
    });
  }
}

@Controller()
class Sessions {
  constructor(private readonly auth: AuthSignals) {}

  @MessagePattern('login')
  async login(@Payload() data: Credentials) {
    if (data.password === PASSWORDS.ann) return this.auth.loggedIn({ data }, ANN);
    await this.auth.loginFailed(data, { data });
    throw new RpcException('wrong');
  }
}

describe('A login over a WebSocket, sent by hand,', () => {
  let app: LoginApp;
  let socket: WebSocket;

  beforeAll(async () => {
    app = await LoginApp.start({ providers: [Chat], prepare: it => it.useWebSocketAdapter(new WsAdapter(it)) });
    socket = new WebSocket(app.url.replace('http', 'ws'));
    await once(socket, 'open');
  });

  beforeEach(() => void app.recorded.take());

  afterAll(async () => {
    socket.close();
    await app[Symbol.asyncDispose]();
  });

  const ask = async (event: string, data: Credentials) => {
    const answer = once(socket, 'message') as Promise<[{ data: string }]>;
    socket.send(JSON.stringify({ event, data }));
    return (await answer)[0].data;
  };

  it('is reported for each message of a socket', async () => {
    for (const data of [BAD, BAD, GOOD]) await ask('login', data);

    expect(app.recorded.names).toEqual(['failed', 'failed', 'in']);
    expect(app.recorded.of('failed')[1]!.payload).toMatchObject({ credentials: MASKED, request: { data: BAD } });
    expect(app.recorded.of('in')[0]!.payload.user).toBe(ANN);
  });

  it('is refused with the error of a receiver', async () => {
    app.recorded.objection.failed = () => {
      throw new Error('locked');
    };

    expect(await ask('careful', BAD)).toContain('locked');
  });
});

describe('A login at a microservice, reported by hand,', () => {
  it('is reported for each message', async () => {
    const module = await Test.createTestingModule({
      imports: [SignalsModule.forRoot()],
      controllers: [Sessions],
      providers: [LoginRecord],
    }).compile();
    const options = { host: '127.0.0.1', port: 0 };
    const app: INestMicroservice = module.createNestMicroservice({ transport: Transport.TCP, options });
    app.useLogger(false);
    await app.listen();
    const { port } = app.unwrap<Server>().address() as AddressInfo;
    const client = ClientProxyFactory.create({ transport: Transport.TCP, options: { ...options, port } });
    const ask = (data: Credentials) =>
      firstValueFrom(client.send('login', data), { defaultValue: 'ok' }).catch(() => 'wrong');

    const answers = [await ask(BAD), await ask(GOOD), await ask(BAD)];

    expect(answers).toEqual(['wrong', 'ok', 'wrong']);
    expect(app.get(LoginRecord).names).toEqual(['failed', 'in', 'failed']);
    expect(app.get(LoginRecord).of('failed')[0]!.payload.credentials).toEqual(MASKED);
    await client.close();
    await app.close();
  });
});
