import type { ServerResponse } from 'node:http';
import { ApplicationConfig, HttpAdapterHost } from '@nestjs/core';
import type { Channel } from '../core/index.js';
import type { Application, RoomLink } from '../nest/index.js';
import { AuthSignals } from './auth-signals.js';
import { LoginRoutes } from './login-routes.js';
import { LoginStrategies } from './login-strategies.js';
import { owning, type RequestOwner } from './owned-request.js';
import type { PassportOptions } from './passport-options.js';
import { watchStrategy } from './strategy-watch.js';
import { UserLoggedIn, UserLoggedOut, UserLoginFailed } from './user-signals.js';

/** What a server adapter of Nest can do for us, Express's and Fastify's. */
interface HttpAdapter {
  getType(): string;
  use(middleware: (request: object, response: object, next: () => void) => void): unknown;
  getInstance(): {
    addHook(name: 'onRequest', hook: (request: object, reply: FastifyReply, done: () => void) => void): unknown;
  };
}

interface FastifyReply {
  readonly raw: ServerResponse;
}

const SIGNALS = [UserLoggedIn, UserLoggedOut, UserLoginFailed];

/** Hooks the requests, strategies and routes of an application. */
export class PassportLink implements RoomLink, RequestOwner {
  private readonly strategies: LoginStrategies;
  private readonly channels: readonly Channel[];
  private found: AuthSignals | undefined;

  constructor(
    private readonly application: Application,
    options: PassportOptions,
  ) {
    this.strategies = new LoginStrategies(application.modules, options.login);
    this.channels = SIGNALS.map(signal => application.registry.channel(signal));
  }

  /** Requests first, before any middleware of the application's own. */
  link(): this {
    const { moduleRef, registry } = this.application;
    const host = moduleRef.get(HttpAdapterHost, { strict: false });
    // Under NestFactory there is an adapter already, in a testing module there will be one, and elsewhere none.
    host.init$.subscribe(() => this.ownRequests(host.httpAdapter as HttpAdapter | undefined));
    registry.startup.addSource({ signals: SIGNALS, start: () => this.strategies.find().forEach(watchStrategy) });
    return this;
  }

  configure(): void {
    const config = this.application.moduleRef.get(ApplicationConfig, { strict: false });
    new LoginRoutes(this.application.modules, config).bind();
  }

  get auth(): AuthSignals {
    return (this.found ??= this.application.moduleRef.get<AuthSignals>(AuthSignals));
  }

  logsIn(strategy: object): boolean {
    return this.strategies.logsIn(strategy);
  }

  private ownRequests(adapter: HttpAdapter | undefined): void {
    const own = owning(this);
    const ownHeard = (request: object, { raw }: Partial<FastifyReply>, next: () => void): void => {
      // A request costs nothing while nobody wants to know; a module that was loaded since may want to.
      this.application.requests.findLateReceivers();
      if (this.channels.some(channel => channel.isWanted)) own(request, raw);
      next();
    };
    if (adapter?.getType() === 'fastify') adapter.getInstance().addHook('onRequest', ownHeard);
    else adapter?.use(ownHeard);
  }
}
