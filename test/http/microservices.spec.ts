import {
  type CanActivate,
  Catch,
  Controller,
  type ExceptionFilter,
  Injectable,
  NotFoundException,
  UseFilters,
  UseGuards,
} from '@nestjs/common';
import {
  ClientProxyFactory,
  type ClientTCP,
  EventPattern,
  MessagePattern,
  type MicroserviceOptions,
  Payload,
  RpcException,
  TcpContext,
  Transport,
} from '@nestjs/microservices';
import { Test } from '@nestjs/testing';
import type { AddressInfo, Server } from 'node:net';
import { firstValueFrom, from, lastValueFrom, of, toArray } from 'rxjs';
import { SignalsModule } from 'nestjs-signals';
import { RequestRecord } from './request-record.js';

@Injectable()
class FailingGuard implements CanActivate {
  canActivate(): boolean {
    throw new Error('the guard fails');
  }
}

@Catch()
class Translating implements ExceptionFilter {
  catch() {
    return of('translated');
  }
}

@Controller()
class Orders {
  @MessagePattern('total')
  total(@Payload() prices: number[]) {
    return prices.reduce((sum, price) => sum + price, 0);
  }

  @MessagePattern('each')
  each(@Payload() prices: number[]) {
    return from(prices);
  }

  @MessagePattern('fails')
  async fails() {
    await new Promise(setImmediate);
    throw new Error('the message fails');
  }

  @UseGuards(FailingGuard)
  @MessagePattern('guarded')
  guarded() {}

  @UseFilters(Translating)
  @MessagePattern('translated')
  translated() {
    throw new Error('translated');
  }

  @MessagePattern('foreseen')
  foreseen() {
    throw new RpcException('no such order');
  }

  @MessagePattern('not-found')
  notFound() {
    throw new NotFoundException();
  }

  @EventPattern('placed')
  placed(@Payload() order: object) {
    return void order;
  }
}

describe('A microservice', () => {
  let recorded: RequestRecord;
  let client: ClientTCP;
  let close: () => Promise<void>;

  beforeAll(async () => {
    const module = await Test.createTestingModule({
      imports: [SignalsModule.forRoot()],
      controllers: [Orders],
      providers: [RequestRecord],
    }).compile();
    const options = { host: '127.0.0.1', port: 0 };
    const app = module.createNestMicroservice<MicroserviceOptions>({ transport: Transport.TCP, options });
    app.useLogger(false);
    await app.listen();
    recorded = app.get(RequestRecord);
    const { port } = app.unwrap<Server>().address() as AddressInfo;
    client = ClientProxyFactory.create({ transport: Transport.TCP, options: { ...options, port } }) as ClientTCP;
    close = async () => {
      client.close();
      await app.close();
    };
  });

  beforeEach(() => {
    recorded.take();
    recorded.objection = {};
  });

  afterAll(() => close());

  const ask = async (pattern: string, data: unknown = []) => {
    const answer: unknown = await lastValueFrom(client.send(pattern, data).pipe(toArray())).catch(
      (error: unknown) => error,
    );
    await recorded.finished();
    return answer;
  };

  it('reports each message as of a request, by the class of its context', async () => {
    expect(await ask('total', [1, 2])).toEqual([3]);

    const [started, finished] = recorded.all;
    expect(recorded.names).toEqual(['started', 'finished']);
    expect(started!.sender).toBe(TcpContext);
    expect(finished!.sender).toBe(TcpContext);
    expect(started!.payload.request).toMatchObject({ data: [1, 2], context: expect.any(TcpContext) });
    expect(finished!.payload.request).toBe(started!.payload.request);
    expect(finished!.payload).toMatchObject({ statusCode: 200, aborted: false });
  });

  it('reports a message with several answers when the last has been given', async () => {
    expect(await ask('each', [1, 2])).toEqual([1, 2]);

    expect(recorded.names).toEqual(['started', 'finished']);
  });

  it('reports a message without an answer', async () => {
    await firstValueFrom(client.emit('placed', {}), { defaultValue: undefined });
    await recorded.finished();

    expect(recorded.names).toEqual(['started', 'finished']);
  });

  it.each(['fails', 'guarded', 'translated'])('reports the exception of %s, by its controller', async pattern => {
    await ask(pattern);

    expect(recorded.names).toEqual(['started', 'exception', 'finished']);
    expect(recorded.of('exception')[0]!.sender).toBe(Orders);
    expect(recorded.of('exception')[0]!.payload.request).toBe(recorded.of('started')[0]!.payload.request);
    expect(recorded.of('finished')[0]!.payload).toMatchObject({ statusCode: 500, aborted: false });
  });

  it.each([
    ['foreseen', 400],
    ['not-found', 404],
  ])('takes what %s throws for an answer', async (pattern, statusCode) => {
    await ask(pattern);

    expect(recorded.names).toEqual(['started', 'finished']);
    expect(recorded.of('finished')[0]!.payload.statusCode).toBe(statusCode);
  });

  it('answers with the error of a receiver of RequestStarted', async () => {
    recorded.objection.started = async () => {
      await new Promise(setImmediate);
      throw new RpcException('we are moving');
    };

    expect(await ask('total', [1, 2])).toMatchObject({ message: 'we are moving' });
    expect(recorded.names).toEqual(['started', 'finished']);
  });
});
