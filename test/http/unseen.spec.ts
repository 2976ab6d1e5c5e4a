import { Controller, Get, type INestApplication, Injectable, StreamableFile } from '@nestjs/common';
import { ClientProxyFactory, MessagePattern, type MicroserviceOptions, Transport } from '@nestjs/microservices';
import { once } from 'node:events';
import { type AddressInfo, connect, type Server } from 'node:net';
import { Readable } from 'node:stream';
import { firstValueFrom } from 'rxjs';
import { RequestFinished, type SignalsModuleOptions } from 'nestjs-signals';
import { ADAPTERS, RequestApp } from './request-app.js';

/** The lines of a file that ends early. */
function* lines() {
  yield 'one line';
  throw new Error('the disk fails');
}

@Controller()
class Routes {
  @Get('file')
  file() {
    return new StreamableFile(Readable.from(lines()));
  }

  @MessagePattern('total')
  total() {
    return 3;
  }
}

const options = { host: '127.0.0.1', port: 0 };

/** Starts an application that also listens to messages, as main.ts does. */
function listenToMessages(inheritAppConfig: boolean) {
  return async (app: INestApplication) => {
    app.connectMicroservice<MicroserviceOptions>({ transport: Transport.TCP, options }, { inheritAppConfig });
    await app.startAllMicroservices();
  };
}

async function ask({ app }: RequestApp): Promise<unknown> {
  const { port } = app.getMicroservices()[0]!.unwrap<Server>().address() as AddressInfo;
  const client = ClientProxyFactory.create({ transport: Transport.TCP, options: { ...options, port } });
  const answer: unknown = await firstValueFrom(client.send('total', {}));
  await client.close();
  return answer;
}

describe.each(ADAPTERS)('On %s,', adapter => {
  it('the error of a file that is being sent is no exception: its request is aborted', async () => {
    await using app = await RequestApp.start({ adapter, controllers: [Routes] });

    await expect(app.get('/file').then(response => response.text())).rejects.toThrow('terminated');
    await app.recorded.finished();

    expect(app.recorded.names).toEqual(['started', 'finished']);
    expect(app.recorded.of('finished')[0]!.payload.aborted).toBe(true);
  });

  it.each([
    { inheritAppConfig: true, sent: ['started', 'finished'], is: 'reported' },
    { inheritAppConfig: false, sent: [], is: 'not reported' },
  ])(
    'a message to a connected microservice is $is where inheritAppConfig is $inheritAppConfig',
    async ({ inheritAppConfig, sent }) => {
      const prepare = listenToMessages(inheritAppConfig);
      await using app = await RequestApp.start({ adapter, controllers: [Routes], prepare });

      expect(await ask(app)).toBe(3);
      expect(app.recorded.names).toEqual(sent);
    },
  );

  it.each([
    {
      signals: { http: true },
      sent: [200],
      is: 'reported to a receiver that a constructor connects, with `http: true`',
    },
    { signals: {}, sent: [], is: 'not reported to one without it: Nest binds messages before there are providers' },
  ])('a message is $is', async ({ signals, sent }: { signals: SignalsModuleOptions; sent: number[] }) => {
    const statuses: number[] = [];
    @Injectable()
    class Eager {
      constructor(finished: RequestFinished) {
        finished.connect(({ statusCode }) => void statuses.push(statusCode));
      }
    }
    await using app = await RequestApp.start({
      adapter,
      isHeard: false,
      options: signals,
      controllers: [Routes],
      providers: [Eager],
      prepare: listenToMessages(true),
    });

    expect(await ask(app)).toBe(3);
    await app.app.close();

    expect(statuses).toEqual(sent);
  });
});

it.each([
  { adapter: 'express' as const, status: 404, sent: ['started', 'finished'] },
  { adapter: 'fastify' as const, status: 400, sent: [] },
])('On $adapter, a URL that is none is answered $status and sends $sent', async ({ adapter, status, sent }) => {
  await using app = await RequestApp.start({ adapter, controllers: [Routes] });
  const socket = connect(Number(new URL(app.url).port), '127.0.0.1');
  socket.write('GET /%E0%A4%A HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n');
  const [answer] = (await once(socket, 'data')) as [Buffer];
  await once(socket, 'close');

  expect(answer.toString()).toContain(`HTTP/1.1 ${status} `);
  expect(app.recorded.names).toEqual(sent);
});
