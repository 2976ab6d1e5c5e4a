import 'reflect-metadata';
import { Controller, Get, type INestApplication, Injectable, Module, Post, type Type, UseGuards } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { AuthGuard, PassportStrategy } from '@nestjs/passport';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import {
  GotRequestException,
  OnSignal,
  RequestFinished,
  RequestStarted,
  SignalsModule,
  UserLoggedIn,
} from 'nestjs-signals';
import { Strategy } from 'passport-local';

export const ADAPTERS = ['express', 'fastify'] as const;
export type AdapterName = (typeof ADAPTERS)[number];

/** The variants of an application with an empty route and one that logs in. The first does not use the library. */
export const VARIANTS = {
  'without the module': { isInstalled: false, signals: [] },
  'installed, no receiver': { isInstalled: true, signals: [] },
  'RequestStarted and RequestFinished': { isInstalled: true, signals: [RequestStarted, RequestFinished] },
  'and GotRequestException': { isInstalled: true, signals: [RequestStarted, RequestFinished, GotRequestException] },
  UserLoggedIn: { isInstalled: true, signals: [UserLoggedIn] },
} as const;
export type VariantName = keyof typeof VARIANTS;

/** Node strips types and leaves decorators, so they are called by hand. */
function decorate(type: Type, key: string, ...decorators: MethodDecorator[]): void {
  for (const decorator of decorators) {
    decorator(type.prototype as object, key, Object.getOwnPropertyDescriptor(type.prototype, key)!);
  }
}

class User {}
const ANN = new User();

/** Passport has one table of strategies for all applications of a process. */
function loginOf(strategy: string): { routes: Type; strategy: Type } {
  class LocalStrategy extends PassportStrategy(Strategy, strategy) {
    validate() {
      return ANN;
    }
  }
  Injectable()(LocalStrategy);
  class Routes {
    empty() {
      return {};
    }

    login() {
      return {};
    }
  }
  decorate(Routes, 'empty', Get('empty'));
  decorate(Routes, 'login', UseGuards(AuthGuard(strategy)), Post('login'));
  Controller()(Routes);
  return { routes: Routes, strategy: LocalStrategy };
}

/** The number of calls of receivers, to check that the measured work was done. */
export const calls = { count: 0 };

/** A class with a receiver of each signal. */
function receiversOf(signals: readonly Parameters<typeof OnSignal>[0][]): Type {
  class Receivers {}
  for (const [at, signal] of signals.entries()) {
    const value = ({ request }: { readonly request: object }) => {
      if (typeof request === 'object') calls.count++;
    };
    Object.defineProperty(Receivers.prototype, `receive${at}`, { value, configurable: true, writable: true });
    decorate(Receivers, `receive${at}`, OnSignal(signal) as MethodDecorator);
  }
  Injectable()(Receivers);
  return Receivers;
}

/** A started application without log output. */
export async function startApplication(adapter: AdapterName, variant: VariantName): Promise<INestApplication> {
  const { isInstalled, signals } = VARIANTS[variant];
  const { routes, strategy } = loginOf(`local of ${variant}`);
  class AppModule {}
  Module({
    imports: isInstalled ? [SignalsModule.forRoot()] : [],
    controllers: [routes],
    providers: [strategy, ...(signals.length > 0 ? [receiversOf(signals)] : [])],
  })(AppModule);
  const server = adapter === 'fastify' ? new FastifyAdapter() : new ExpressAdapter();
  const app = await NestFactory.create(AppModule, server, { logger: false });
  await app.listen(0, '127.0.0.1');
  return app;
}
