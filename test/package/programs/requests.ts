import {
  type ExecutionContext,
  ForbiddenException,
  Controller,
  Get,
  HttpCode,
  Injectable,
  Module,
  Post,
  UseGuards,
} from '@nestjs/common';
import { APP_GUARD, NestFactory } from '@nestjs/core';
import { AuthGuard, PassportStrategy } from '@nestjs/passport';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import {
  GotRequestException,
  type Message,
  OnSignal,
  type PayloadOf,
  RequestFinished,
  RequestStarted,
  SignalsModule,
  UserLoggedIn,
  UserLoginFailed,
} from 'nestjs-signals';
import { Strategy } from 'passport-local';

// A user's program, see first-signal.ts, with requests and logins on Express and on Fastify.

class User {
  constructor(readonly name: string) {}
}

@Injectable()
class LocalStrategy extends PassportStrategy(Strategy) {
  validate(name: string, password: string): User | null {
    return password === 'correct horse' ? new User(name) : null;
  }
}

/** Gives a token to every user that it lets in, at one route. */
@Injectable()
class GuardForAll extends AuthGuard('local') {
  override async canActivate(context: ExecutionContext): Promise<boolean> {
    if (context.getHandler().name !== 'forAll') return true;
    await super.canActivate(context);
    context.switchToHttp().getResponse<{ header(name: string, value: string): void }>().header('x-token', 'a token');
    return true;
  }
}

@Controller()
class Routes {
  @HttpCode(200)
  @Post('for-all')
  forAll(): object {
    return {};
  }

  @UseGuards(AuthGuard('local'))
  @HttpCode(200)
  @Post('login')
  login(): object {
    return {};
  }

  @Get('fails')
  fails(): never {
    throw new Error('the route fails');
  }
}

@Injectable()
class Journal {
  readonly lines: string[] = [];
  private finished = Promise.withResolvers<void>();

  /** The signals that are sent until a request has been answered. */
  async of(url: string, body?: object): Promise<string> {
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(url, body ? { method: 'POST', body: JSON.stringify(body), headers } : {});
    await this.finished.promise;
    this.finished = Promise.withResolvers<void>();
    const token = response.headers.get('x-token');
    return [...this.lines.splice(0), ...(token === null ? [] : [token])].join(', ');
  }

  @OnSignal([RequestStarted, GotRequestException])
  write(_: object, { signal, sender }: Message): void {
    this.lines.push(`${signal.constructor.name} by ${(sender as typeof User).name}`);
  }

  @OnSignal(UserLoggedIn, { sender: User })
  loggedIn({ user }: PayloadOf<UserLoggedIn, User>): void {
    this.lines.push(`${user.name} is in`);
    if (user.name === 'eve') throw new ForbiddenException('banned');
  }

  @OnSignal(UserLoginFailed)
  failed({ credentials }: PayloadOf<UserLoginFailed>): void {
    this.lines.push(JSON.stringify(credentials));
  }

  @OnSignal(RequestFinished)
  end({ statusCode }: PayloadOf<RequestFinished>): void {
    this.lines.push(`${statusCode}`);
    this.finished.resolve();
  }
}

@Module({
  imports: [SignalsModule.forRoot()],
  controllers: [Routes],
  providers: [LocalStrategy, Journal, { provide: APP_GUARD, useClass: GuardForAll }],
})
class AppModule {}

async function main(): Promise<void> {
  for (const adapter of [new ExpressAdapter(), new FastifyAdapter()]) {
    const app = await NestFactory.create(AppModule, adapter, { logger: ['warn'] });
    await app.listen(0, '127.0.0.1');
    const [url, journal] = [await app.getUrl(), app.get(Journal)];
    console.log(await journal.of(`${url}/login`, { username: 'ann', password: 'correct horse' }));
    console.log(await journal.of(`${url}/login`, { username: 'ann', password: 'a guess' }));
    console.log(await journal.of(`${url}/fails`));
    for (const username of ['ann', 'eve']) {
      console.log(await journal.of(`${url}/for-all`, { username, password: 'correct horse' }));
    }
    await app.close();
  }
}

void main();
