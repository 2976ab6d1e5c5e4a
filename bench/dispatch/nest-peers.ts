import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { CqrsModule, EventBus, EventsHandler, type IEventHandler } from '@nestjs/cqrs';
import { EventEmitter2, EventEmitterModule, OnEvent } from '@nestjs/event-emitter';
import type { Candidate } from '../compare.ts';
import { nextPayload, type Payload, type Receive } from './receivers.ts';

/** A class with one decorated method. Node strips types and leaves decorators, so they are called by hand. */
function listenerOf(call: Receive) {
  class Listener {
    onPing(payload: Payload) {
      return call(payload);
    }
  }
  OnEvent('ping')(Listener.prototype, 'onPing', Object.getOwnPropertyDescriptor(Listener.prototype, 'onPing')!);
  return Listener;
}

class Ping {
  readonly payload: Payload;

  constructor(payload: Payload) {
    this.payload = payload;
  }
}

function handlerOf(call: Receive) {
  class Handler implements IEventHandler<Ping> {
    handle({ payload }: Ping) {
      call(payload);
    }
  }
  EventsHandler(Ping)(Handler);
  return Handler;
}

/** The event systems of Nest, each in an application. */
export async function nestPeers(calls: readonly Receive[]): Promise<{ emit: Candidate[]; awaited: Candidate }> {
  class AppModule {}
  const providers = [...calls.map(listenerOf), ...calls.map(handlerOf)];
  Module({ imports: [EventEmitterModule.forRoot(), CqrsModule.forRoot()], providers })(AppModule);
  const app = await NestFactory.createApplicationContext(AppModule, { logger: false });
  const [emitter, bus] = [app.get(EventEmitter2), app.get(EventBus)];
  return {
    // The work that these start ends when the microtasks that they queue have run.
    emit: [
      { name: '@nestjs/event-emitter emit', run: async () => void emitter.emit('ping', nextPayload()) },
      { name: '@nestjs/cqrs publish', run: async () => void bus.publish(new Ping(nextPayload())) },
    ],
    awaited: { name: '@nestjs/event-emitter emitAsync', run: () => emitter.emitAsync('ping', nextPayload()) },
  };
}
