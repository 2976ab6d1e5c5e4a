import {
  type CanActivate,
  type ExecutionContext,
  ForbiddenException,
  Injectable,
  Scope,
  UnauthorizedException,
} from '@nestjs/common';
import { GqlExecutionContext } from '@nestjs/graphql';
import { AuthGuard } from '@nestjs/passport';
import passport from 'passport';
import type { User } from './people.js';

/** Express's response, or Fastify's with @fastify/cookie. */
export type TableResponse = {
  header(name: string, value: string): unknown;
  cookie(name: string, value: string): unknown;
};

export type TableRequest = {
  /** None of a message. */
  readonly url?: string;
  readonly headers: Record<string, string | undefined>;
  readonly body: { username?: string; password?: string };
  user?: User | null;
  logIn(user: object, finish?: (error?: unknown) => void): Promise<void> | void;
};

/** A token in a cookie and in a header, as many applications give one. */
export function giveToken(response: TableResponse): void {
  response.header('x-token', 'a token');
  response.cookie('token', 'a token');
}

/** Returns the request and the response of a field of GraphQL, or of a route. */
function partsOf(context: ExecutionContext): { req: TableRequest; res: TableResponse } {
  if (context.getType<string>() === 'graphql') return GqlExecutionContext.create(context).getContext();
  const http = context.switchToHttp();
  return { req: http.getRequest(), res: http.getResponse() };
}

const requestOf = (context: ExecutionContext) => partsOf(context).req;
const responseOf = (context: ExecutionContext) => partsOf(context).res;

/** Gives a token to every user that it lets in, and finds no user for a request that asks for none. */
@Injectable()
export class TokenGuard extends AuthGuard('local') {
  override async canActivate(context: ExecutionContext): Promise<boolean> {
    await super.canActivate(context);
    giveToken(responseOf(context));
    return true;
  }

  override handleRequest<Person>(error: unknown, user: Person, info: unknown, context: ExecutionContext): Person {
    const isWithoutUser = requestOf(context).headers['x-no-user'] !== undefined;
    return isWithoutUser ? (null as Person) : super.handleRequest(error, user, info, context);
  }
}

@Injectable({ scope: Scope.REQUEST })
export class ScopedGuard extends TokenGuard {}

/** A guard as in Nest's documentation on sessions; @fastify/passport's `logIn()` is a promise. */
@Injectable()
export class SessionGuard extends TokenGuard {
  override async canActivate(context: ExecutionContext): Promise<boolean> {
    await super.canActivate(context);
    const request = requestOf(context);
    if (request.user) await ('raw' in request ? request.logIn(request.user) : super.logIn(request));
    return true;
  }
}

/** Guards one route of all. */
function guardOf(path: string) {
  @Injectable()
  class PathGuard extends TokenGuard {
    override async canActivate(context: ExecutionContext): Promise<boolean> {
      return requestOf(context).url?.startsWith(path) ? super.canActivate(context) : true;
    }
  }
  return PathGuard;
}

export const AppGuard = guardOf('/app-guard');
export const ExistingGuard = guardOf('/existing-guard');
export const GlobalGuard = guardOf('/global-guard');
export const ScopedAppGuard = guardOf('/scoped-app-guard');
Injectable({ scope: Scope.REQUEST })(ScopedAppGuard);

/** Asks Passport itself. */
@Injectable()
export class OwnGuard implements CanActivate {
  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = requestOf(context);
    request.user = await new Promise<User>((resolve, reject) => {
      const called = (error: unknown, user: User | false) =>
        user ? resolve(user) : reject((error as Error | null) ?? new UnauthorizedException());
      (passport.authenticate('local', called) as (...args: unknown[]) => void)(request, responseOf(context), reject);
    });
    giveToken(responseOf(context));
    return true;
  }
}

/** Asks another guard. */
@Injectable()
export class AskingGuard implements CanActivate {
  constructor(protected readonly password: TokenGuard) {}

  canActivate(context: ExecutionContext): Promise<boolean> {
    return this.password.canActivate(context);
  }
}

/** Knows a key, and no user by it. */
@Injectable()
export class KeyGuard implements CanActivate {
  async canActivate(context: ExecutionContext): Promise<boolean> {
    for (let turn = 0; turn < 3; turn++) await new Promise(setImmediate);
    if (requestOf(context).headers['x-key'] !== 'a key') throw new ForbiddenException('no key');
    return true;
  }
}

@Injectable()
export class OneAfterAnotherGuard implements CanActivate {
  constructor(
    private readonly password: TokenGuard,
    private readonly key: KeyGuard,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    try {
      return await this.password.canActivate(context);
    } catch (error) {
      return this.key.canActivate(context).catch(() => Promise.reject(error as Error));
    }
  }
}

@Injectable()
export class SideBySideGuard implements CanActivate {
  constructor(
    private readonly password: TokenGuard,
    private readonly key: KeyGuard,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const answers = [this.password.canActivate(context), this.key.canActivate(context)];
    return Promise.any(answers).catch(({ errors }: AggregateError) => Promise.reject(errors[0] as Error));
  }
}
