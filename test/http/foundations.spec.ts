import {
  type ArgumentsHost,
  Catch,
  Controller,
  type ExceptionFilter,
  Get,
  type Type,
  UseFilters,
} from '@nestjs/common';
import { APP_FILTER, ApplicationConfig } from '@nestjs/core';
import { Resolver } from '@nestjs/graphql';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { WebSocketGateway } from '@nestjs/websockets';
import { readFileSync } from 'node:fs';
import { exceptionObserver } from '../../lib/http/exception-filters.js';
import { statusOf } from '../../lib/http/status-of.js';

/** Behaviour of the installed versions that their makers have not promised to keep. */
const [common, core, fastify] = ['@nestjs/common', '@nestjs/core', '@nestjs/platform-fastify'].map(name => {
  const file = new URL(`../../node_modules/${name}/package.json`, import.meta.url);
  return `${name} ${(JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version}`;
});

class Teapot extends Error {}

@Catch(Teapot)
class TeapotFilter implements ExceptionFilter {
  catch(_: Teapot, host: ArgumentsHost): void {
    host.switchToHttp().getResponse<{ status(code: number): { send(body: object): void } }>().status(418).send({});
  }
}

/** An application on Fastify, with these classes. */
async function start(...controllers: Type[]): Promise<NestFastifyApplication & AsyncDisposable> {
  const providers = [{ provide: APP_FILTER, useClass: TeapotFilter }];
  const module = await Test.createTestingModule({ controllers, providers }).compile();
  const app = module.createNestApplication<NestFastifyApplication>(new FastifyAdapter(), { logger: false });
  await app.init();
  return Object.assign(app, { [Symbol.asyncDispose]: () => app.close() });
}

describe(`${common}`, () => {
  it('keeps the exception filters of a class and of a method where we look for them', () => {
    const [onClass, onMethod] = [new TeapotFilter(), new TeapotFilter()];
    @UseFilters(onClass)
    class Routes {
      @UseFilters(onMethod)
      route() {}
    }

    expect(Reflect.getMetadata('__exceptionFilters__', Routes)).toEqual([onClass]);
    const { value: method } = Object.getOwnPropertyDescriptor(Routes.prototype, 'route') as { value: object };
    expect(Reflect.getMetadata('__exceptionFilters__', method)).toEqual([onMethod]);
  });

  it('marks resolvers and gateways as we know them', () => {
    @Resolver()
    class Items {}
    @WebSocketGateway()
    class Chat {}

    expect(Reflect.getMetadata('__entryProvider__', Items)).toBe(true);
    expect(Reflect.getMetadata('websockets:is_gateway', Chat)).toBe(true);
  });
});

describe(`${core}`, () => {
  it('asks the filters of a method, of its class and of the application, and each until one catches', async () => {
    const seen: string[] = [];
    const observer = (name: string) => exceptionObserver(() => void seen.push(name));
    @UseFilters(observer('first of the class'), observer('last of the class'))
    @Controller()
    class Routes {
      @UseFilters(observer('first of the method'), observer('last of the method'))
      @Get('brew')
      brew() {
        throw new Teapot();
      }

      @UseFilters(TeapotFilter, observer('last of the method'))
      @Get('caught')
      caught() {
        throw new Teapot();
      }
    }
    await using app = await start(Routes);

    expect((await app.inject('/brew')).statusCode).toBe(418);
    expect(seen.splice(0)).toEqual([
      'last of the method',
      'first of the method',
      'last of the class',
      'first of the class',
    ]);
    expect((await app.inject('/caught')).statusCode).toBe(418);
    expect(seen).toEqual(['last of the method']);
  });

  it('asks the last of the global filters first', async () => {
    const seen: string[] = [];
    @Controller()
    class Routes {
      @Get('brew')
      brew() {
        throw new Teapot();
      }
    }
    const module = await Test.createTestingModule({ controllers: [Routes] }).compile();
    const app = module.createNestApplication<NestFastifyApplication>(new FastifyAdapter(), { logger: false });
    const config = app.get(ApplicationConfig);
    for (const name of ['one', 'two']) config.useGlobalFilters(exceptionObserver(() => void seen.push(name)));
    await app.init();

    await app.inject('/brew');

    expect(seen).toEqual(['two', 'one']);
    await app.close();
  });

  it('lets us register what runs before the guards of a message, from version 12 on', () => {
    expect(new ApplicationConfig()).toHaveProperty('registerPreRequestHook', expect.any(Function));
  });

  it.each([
    ['an error with a status of its own', Object.assign(new Error('gone'), { status: 410, statusCode: 410 }), 500],
    ["a body parser's", Object.assign(new Error('too big'), { expose: true, status: 413, statusCode: 413 }), 413],
    ['a thrown object', { statusCode: 409, message: 'taken' }, 409],
    ['a thrown object without a message', { statusCode: 409 }, 500],
    ['a thrown object with an odd status', { statusCode: 4090, message: 'taken' }, 500],
    ["Fastify's validation", Object.assign(new Error('no'), { code: 'FST_ERR_VALIDATION', statusCode: 400 }), 400],
    ['a text', 'gone', 500],
  ])('answers %s with the status that we report', async (_, error: unknown, status) => {
    @Controller()
    class Routes {
      @Get('fails')
      fails() {
        throw error;
      }
    }
    await using app = await start(Routes);

    expect((await app.inject('/fails')).statusCode).toBe(status);
    expect(statusOf(error)).toBe(status);
  });
});

describe(`${fastify}`, () => {
  it('has one place in front of all, whose holder can be seen', () => {
    const [express, adapter] = [new ExpressAdapter(), new FastifyAdapter()];
    const hook = () => {};
    for (const it of [express, adapter]) it.setOnRequestHook(hook as never);

    expect([express, adapter].map(it => (it as unknown as { onRequestHook: unknown }).onRequestHook)).toEqual([
      hook,
      hook,
    ]);
  });

  it('goes on when a hook there calls back or its promise resolves, once', async () => {
    @Controller()
    class Routes {
      @Get('ok')
      ok() {
        return {};
      }
    }
    const statuses: number[] = [];
    for (const hook of [
      (_: object, __: object, done: () => void) => done(),
      async () => {},
      async (_: object, __: object, done: () => void) => done(),
    ]) {
      await using app = await start(Routes);
      (app.getHttpAdapter() as FastifyAdapter).setOnRequestHook(hook);
      statuses.push((await app.inject('/ok')).statusCode);
    }

    expect(statuses).toEqual([200, 200, 200]);
  });
});
