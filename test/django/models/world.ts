import type { EntityManager, EntityName } from '@mikro-orm/core';
import type { Type } from '@nestjs/common';
import {
  type ConnectOptions,
  M2mChanged,
  type Message,
  PostDelete,
  PostSave,
  PreDelete,
  PreSave,
  type Signal,
  SignalRegistry,
} from 'nestjs-signals';
import { startOrmApp } from '../../support/orm.js';
import { type Adaptation, leavingOut } from '../mapping.js';
import type { Recorder } from '../recorder.js';
import type { Facts, Step } from '../scenario.js';
import { entities } from './entities.js';

// oxlint-disable-next-line typescript/no-explicit-any -- a payload is both read and written: no other argument takes them all
type SignalType = Type<Signal<any, any, any>>;

export const ROWS: readonly SignalType[] = [PreSave, PostSave, PreDelete, PostDelete];
export const EVERYTHING: readonly SignalType[] = [...ROWS, M2mChanged];

/** An application with the models of Django's programs; its tables are empty when a program begins. */
export type World = Awaited<ReturnType<typeof start>>;

let world: ReturnType<typeof start> | undefined;

afterAll(async () => {
  const started = await world;
  world = undefined;
  await started?.[Symbol.asyncDispose]();
});

async function start() {
  const started = await startOrmApp({ entities });
  const { app, orm } = started;
  const signal = <S>(type: Type<S>): S => app.get<S>(type);
  const execute = (sql: string) => orm.em.getConnection().execute<Record<string, unknown>[]>(sql);
  return Object.assign(started, {
    signal,
    registry: signal(SignalRegistry),
    execute,
    empty: () => orm.schema.clear({ truncate: true }),
    /** Stores rows without a word. */
    async store<Entity extends object>(entity: EntityName<Entity>, ...rows: object[]): Promise<void> {
      await orm.em.fork().insertMany(entity, rows as never);
    },
    async count(entity: EntityName<object>): Promise<number> {
      return started.fork().count(entity);
    },
  });
}

/** Runs a program in the application; what it has connected is disconnected at its end. */
export function onModels(run: (world: World, record: ModelRecorder, em: EntityManager) => Promise<Facts | void>) {
  return async (record: Recorder): Promise<Facts | void> => {
    const started = await (world ??= start());
    await started.empty();
    const until = new AbortController();
    try {
      return await run(started, new ModelRecorder(record, started, until.signal), started.fork());
    } finally {
      until.abort();
    }
  };
}

/** Records the signals of the application, until the program ends. */
export class ModelRecorder {
  constructor(
    private readonly record: Recorder,
    private readonly world: World,
    private readonly until: AbortSignal,
  ) {}

  /** Writes down every send of these signals. */
  listenTo(signals: readonly SignalType[], ...senders: unknown[]): void {
    const sender = senders.length > 0 ? { sender: senders } : {};
    for (const type of signals) this.record.listenTo(this.world.signal(type), { ...sender, until: this.until });
  }

  /** Connects a function that is not written down. */
  connect<Payload extends object>(
    type: SignalType,
    sender: ConnectOptions['sender'],
    receiver: (payload: Payload, message: Message) => unknown,
    options: Pick<ConnectOptions, 'delivery' | 'uid'> = {},
  ): void {
    this.world.signal(type).connect(receiver, { sender, ...options, until: this.until });
  }

  /** Connects a function that is written down by its name. */
  named<Payload extends object>(type: SignalType, sender: unknown, name: string, then: (payload: Payload) => unknown) {
    this.connect(type, sender, this.record.receiver(name, then));
  }

  line(text: string): void {
    this.record.line(text);
  }
}

/** The adaptation in every group of models, for arguments that have no counterpart. */
export const EVERYWHERE: Adaptation = {
  because:
    'a row is never raw, for there are no fixtures; nothing says with which row a delete began; without ' +
    '`update_fields` Django says null, of updates, too',
  steps: steps => leavingOut('raw', 'origin')(steps).map(withoutNull),
};

function withoutNull(step: Step): Step {
  return typeof step !== 'string' && step.update_fields === null ? leavingOut('update_fields')([step])[0]! : step;
}
