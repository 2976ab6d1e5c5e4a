import 'reflect-metadata';
import { Module, type Type } from '@nestjs/common';
import { EventEmitterModule, OnEvent } from '@nestjs/event-emitter';
import { Test } from '@nestjs/testing';
import { OnSignal, Signal, SignalsModule } from 'nestjs-signals';
import type { Case } from '../report.ts';

class Ping extends Signal {}

const PROVIDERS = 5000;
const METHODS = 10;
const ROUNDS = 25;

/** Classes with ten methods, one of which is a receiver. */
function providers(decorate: (prototype: object, key: string) => void): Type[] {
  return Array.from({ length: PROVIDERS }, () => {
    class Provider {}
    for (let at = 0; at < METHODS; at++) {
      Object.defineProperty(Provider.prototype, `method${at}`, { value: () => at, writable: true, configurable: true });
    }
    decorate(Provider.prototype, 'method3');
    return Provider;
  });
}

/** Nanoseconds from the last constructor to the end of init(). */
async function initTime(imports: unknown[], decorate: (prototype: object, key: string) => void): Promise<number> {
  class AppModule {}
  Module({ imports: imports as [], providers: providers(decorate) })(AppModule);
  const app = await Test.createTestingModule({ imports: [AppModule] }).compile();
  const before = process.hrtime.bigint();
  await app.init();
  const ns = Number(process.hrtime.bigint() - before);
  await app.close();
  return ns;
}

/** The time that the discovery of receivers adds to the start of an application, and that of the loader of the event emitter. */
export async function measureDiscovery(): Promise<Case[]> {
  const times: Record<'bare' | 'emitter' | 'signals', number[]> = { bare: [], emitter: [], signals: [] };
  const descriptor = (target: object, key: string) => Object.getOwnPropertyDescriptor(target, key)!;
  for (let round = 0; round < ROUNDS; round++) {
    times.bare.push(await initTime([], () => {}));
    const onEvent = (target: object, key: string) => OnEvent('ping')(target, key, descriptor(target, key));
    // Five thousand listeners of one event: the emitter would warn of a leak.
    times.emitter.push(await initTime([EventEmitterModule.forRoot({ maxListeners: 0 })], onEvent));
    const onSignal = (target: object, key: string) => OnSignal(Ping)(target, key, descriptor(target, key));
    times.signals.push(await initTime([SignalsModule.forRoot({ mikroOrm: false })], onSignal));
  }
  const [bare, emitter, signals] = [times.bare, times.emitter, times.signals].map(fastest);
  const base = { what: `discovery of ${PROVIDERS} providers x ${METHODS} methods`, receivers: PROVIDERS };
  return [
    { ...base, name: '@nestjs/event-emitter loader', ns: emitter! - bare!, ratio: 1 },
    { ...base, name: 'SignalsModule', ns: signals! - bare!, ratio: (signals! - bare!) / (emitter! - bare!) },
  ];
}

function fastest(times: readonly number[]): number {
  return Math.min(...times);
}
