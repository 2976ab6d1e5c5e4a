import { Controller, Get, type INestApplication, Injectable, StreamableFile } from '@nestjs/common';
import { ClientProxyFactory, MessagePattern, type MicroserviceOptions, Transport } from '@nestjs/microservices';
import { once } from 'node:events';
import { type AddressInfo, connect, type Server } from 'node:net';
import { Readable } from 'node:stream';
import { firstValueFrom } from 'rxjs';
import { RequestFinished, type SignalsModuleOptions } from 'nestjs-signals';
import { ADAPTERS, RequestApp } from './request-app.js';

/** Its file ends early. */
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

/** As in main.ts. */
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
    await app.heard.finished();

    expect(app.heard.names).toEqual(['started', 'finished']);
    expect(app.heard.of('finished')[0]!.payload.aborted).toBe(true);
  });

  it.each([
    { inheritAppConfig: true, told: ['started', 'finished'], is: 'told of' },
    { inheritAppConfig: false, told: [], is: 'not told of' },
  ])(
    'a message to a connected microservice is $is where inheritAppConfig is $inheritAppConfig',
    async ({ inheritAppConfig, told }) => {
      const prepare = listenToMessages(inheritAppConfig);
      await using app = await RequestApp.start({ adapter, controllers: [Routes], prepare });

      expect(await ask(app)).toBe(3);
      expect(app.heard.names).toEqual(told);
    },
  );

  it.each([
    {
      signals: { http: true },
      told: [200],
      is: 'told of to a receiver that a constructor connects, with `http: true`',
    },
    { signals: {}, told: [], is: 'not told of to one without it: Nest binds messages before there are providers' },
  ])('a message is $is', async ({ signals, told }: { signals: SignalsModuleOptions; told: number[] }) => {
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

    expect(statuses).toEqual(told);
  });
});

it.each([
  { adapter: 'express' as const, status: 404, told: ['started', 'finished'] },
  { adapter: 'fastify' as const, status: 400, told: [] },
])('On $adapter, a URL that is none is answered $status and sends $told', async ({ adapter, status, told }) => {
  await using app = await RequestApp.start({ adapter, controllers: [Routes] });
  const socket = connect(Number(new URL(app.url).port), '127.0.0.1');
  socket.write('GET /%E0%A4%A HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n');
  const [answer] = (await once(socket, 'data')) as [Buffer];
  await once(socket, 'close');

  expect(answer.toString()).toContain(`HTTP/1.1 ${status} `);
  expect(app.heard.names).toEqual(told);
});
