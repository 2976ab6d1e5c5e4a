import Emittery from 'emittery';
import EventEmitter2 from 'eventemitter2';
import { EventEmitter as EventEmitter3 } from 'eventemitter3';
import { createHooks } from 'hookable';
import mitt from 'mitt';
import { createNanoEvents } from 'nanoevents';
import { EventEmitter } from 'node:events';
import { Subject } from 'rxjs';
import type { Candidate } from '../compare.ts';
import { nextPayload, type Payload, type Receive } from './receivers.ts';

export function plainLoop(calls: readonly Receive[]): Candidate {
  const run = () => {
    const payload = nextPayload();
    for (let at = 0; at < calls.length; at++) calls[at]!(payload);
  };
  return { name: 'plain loop', run };
}

export function nodeEventEmitter(calls: readonly Receive[]): Candidate {
  const emitter = new EventEmitter();
  for (const call of calls) emitter.on('ping', call);
  return { name: 'node EventEmitter', run: () => emitter.emit('ping', nextPayload()) };
}

/** The peers that call functions synchronously, one after another. */
export function synchronousPeers(calls: readonly Receive[]): Candidate[] {
  const three = new EventEmitter3();
  const two = new EventEmitter2();
  const tiny = mitt<{ ping: Payload }>();
  const nano = createNanoEvents<{ ping: Receive }>();
  const hooks = createHooks();
  const subject = new Subject<Payload>();
  for (const call of calls) {
    three.on('ping', call);
    two.on('ping', call as (...all: unknown[]) => void);
    tiny.on('ping', call);
    nano.on('ping', call);
    hooks.hook('ping', call);
    subject.subscribe(call);
  }
  return [
    nodeEventEmitter(calls),
    { name: 'eventemitter3', run: () => three.emit('ping', nextPayload()) },
    { name: 'eventemitter2', run: () => two.emit('ping', nextPayload()) },
    { name: 'mitt', run: () => tiny.emit('ping', nextPayload()) },
    { name: 'nanoevents', run: () => nano.emit('ping', nextPayload()) },
    { name: 'hookable callHook', run: () => hooks.callHook('ping', nextPayload()) },
    { name: 'rxjs Subject', run: () => subject.next(nextPayload()) },
  ];
}

export function awaitedLoop(calls: readonly Receive[]): Candidate {
  const run = async () => {
    const payload = nextPayload();
    for (const call of calls) await call(payload);
  };
  return { name: 'for (...) await', run };
}

/** The peers that can be awaited. */
export function asynchronousPeers(calls: readonly Receive[]): Candidate[] {
  const emittery = new Emittery();
  const two = new EventEmitter2();
  for (const call of calls) {
    emittery.on('ping', ({ data }: { data: Payload }) => call(data) as Promise<void>);
    two.on('ping', call as (...all: unknown[]) => void);
  }
  return [
    { name: 'emittery emitSerial', run: () => emittery.emitSerial('ping', nextPayload()) },
    { name: 'eventemitter2 emitAsync', run: () => two.emitAsync('ping', nextPayload()) },
  ];
}
