import {
  type CanActivate,
  Controller,
  type ExecutionContext,
  ForbiddenException,
  Injectable,
  Post,
  Req,
  Res,
  UseGuards,
} from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { AuthGuard } from '@nestjs/passport';
import type { Request, Response } from 'express';
import { request as httpRequest } from 'node:http';
import passport from 'passport';
import { pipeline } from 'node:stream/promises';
import { Readable } from 'node:stream';
import { Browser, LoginApp } from './login-app.js';
import { PASSWORDS, User } from './people.js';
import { RoutesModule } from './routes.js';

const GOOD = { username: 'ann', password: PASSWORDS.ann };
const QUIET = { username: 'ann', password: 'quietly a guess' };

@Injectable()
class GuardForAll extends AuthGuard('local') {}

@Injectable()
class OptionalGuard extends AuthGuard('local') {
  override handleRequest<Person>(_: unknown, user: Person): Person {
    return user || (null as Person);
  }
}

type Middleware = (request: object, response: object, next: (error?: unknown) => void) => void;

const LINES = Array.from({ length: 2000 }, (_, at) => `line ${at} of a long answer\n`);

@Controller()
class Routes {
  @Post('stream')
  async stream(@Res() response: Response) {
    response.setHeader('x-stream', 'yes');
    await pipeline(Readable.from(LINES), response);
  }

  @Post('head')
  head(@Res() response: Response) {
    response.writeHead(202, { 'x-head': 'yes' });
    response.flushHeaders();
    response.end('done');
  }
}

describe('A response', () => {
  let app: LoginApp;

  beforeAll(async () => {
    app = await LoginApp.start({ controllers: [Routes], providers: [{ provide: APP_GUARD, useClass: GuardForAll }] });
  });

  beforeEach(() => {
    app.recorded.take();
    app.recorded.objection.in = async () => {
      for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate);
    };
  });

  afterAll(() => app[Symbol.asyncDispose]());

  it('that is a stream waits for receivers, and comes as it was written', async () => {
    const response = await new Browser(app).post('/stream', GOOD);

    expect(await response.text()).toBe(LINES.join(''));
    expect(response.headers.get('x-stream')).toBe('yes');
    expect(app.recorded.take()).toEqual(['in']);
  });

  it('that is written by hand waits for receivers', async () => {
    const response = await new Browser(app).post('/head', GOOD);

    expect([response.status, await response.text()]).toEqual([202, 'done']);
    expect(response.headers.get('x-head')).toBe('yes');
  });

  it.each(['/stream', '/head'])('of %s is replaced when a receiver refuses', async path => {
    app.recorded.objection.in = async () => {
      await new Promise(setImmediate);
      throw new ForbiddenException('no');
    };

    const response = await new Browser(app).post(path, GOOD);

    expect([response.status, await response.json()]).toMatchObject([403, { message: 'no' }]);
    expect(['x-stream', 'x-head'].map(name => response.headers.get(name))).toEqual([null, null]);
  });
});

describe('A guess', () => {
  it('counts when the client hangs up before there is an answer', async () => {
    const asked = Promise.withResolvers<void>();
    await using app = await LoginApp.start({
      imports: [RoutesModule],
      prepare: it => {
        it.use('/silent', (request: object, response: object, next: () => void) =>
          (passport.authenticate('local', () => asked.resolve()) as Middleware)(request, response, next),
        );
      },
    });
    const failed = new Promise<void>(resolve => void (app.recorded.objection.failed = () => resolve()));
    const request = httpRequest(`${app.url}/silent`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
    });
    request.on('error', () => undefined);
    request.end(JSON.stringify(QUIET));
    await asked.promise;

    request.destroy();
    await failed;

    expect(app.recorded.names).toEqual(['failed']);
  });
});

@Injectable()
class KnownGuard {
  canActivate(context: { switchToHttp(): { getRequest(): Request } }): boolean {
    const request = context.switchToHttp().getRequest();
    if (request.headers['x-key'] !== 'a key') return request.headers['x-key'] === undefined;
    request.user = { name: 'a machine' };
    return true;
  }
}

const LOADED = new User('ann, loaded anew');

@Injectable()
class LoadingGuard extends AuthGuard('local') {
  override async canActivate(context: ExecutionContext): Promise<boolean> {
    await super.canActivate(context);
    context.switchToHttp().getRequest<Request>().user = LOADED;
    return true;
  }
}

@Injectable()
class AskingGuard implements CanActivate {
  constructor(private readonly guard: LoadingGuard) {}

  canActivate(context: ExecutionContext): Promise<boolean> {
    return this.guard.canActivate(context);
  }
}

@Controller()
class OptionalRoutes {
  @UseGuards(AskingGuard)
  @Post('loaded')
  loaded() {}

  @UseGuards(OptionalGuard, KnownGuard)
  @Post('optional')
  optional(@Req() { user }: Request) {
    return { user: user ?? null };
  }

  @Post('listed')
  listed() {}
}

describe('A guard that lets pass whom it does not know', () => {
  it.each([
    { what: 'no other guard does', headers: {}, status: 201, sent: ['failed'] },
    { what: 'the next one does', headers: { 'x-key': 'a key' }, status: 201, sent: [] },
    { what: 'the next one refuses', headers: { 'x-key': 'another' }, status: 403, sent: ['failed'] },
  ])('is a failure unless another guard knows better: $what', async ({ headers, status, sent }) => {
    await using app = await LoginApp.start({ controllers: [OptionalRoutes], providers: [LoadingGuard] });

    const response = await new Browser(app).post('/optional', QUIET, headers as Record<string, string>);

    expect(response.status).toBe(status);
    expect(app.recorded.take()).toEqual(sent);
  });

  it('waits with its failure until the next way in has been tried: a strategy that is no provider', async () => {
    await using app = await LoginApp.start({
      imports: [RoutesModule],
      controllers: [OptionalRoutes],
      providers: [LoadingGuard],
      prepare: it => it.use('/listed', passport.authenticate(['local', 'outsider'], { session: false })),
    });

    const response = await new Browser(app).post('/listed?username=ann&password=quietly', {});

    expect(response.status).toBe(201);
    expect(app.recorded.take()).toEqual([]);
  });
});

describe('A guard that asks another', () => {
  it('is a login of the user whom the other has loaded', async () => {
    await using app = await LoginApp.start({ controllers: [OptionalRoutes], providers: [LoadingGuard] });

    await new Browser(app).post('/loaded', GOOD);

    expect(app.recorded.of('in').map(({ payload }) => [payload.user, payload.strategy])).toEqual([[LOADED, 'local']]);
  });
});
