import type { EntityManager } from '@mikro-orm/core';
import { Injectable } from '@nestjs/common';
import { type Message, OnSignal, type PayloadOf, PostDelete, PostSave, PreDelete, PreSave } from 'nestjs-signals';
import { type OrmApp, sharedOrmApp } from '../../support/orm.js';
import { entities } from '../random/entities.js';

/** All signals that are sent, and the changes before the SQL. */
@Injectable()
export class Log {
  readonly lines: string[] = [];
  readonly saved: PayloadOf<PostSave>[] = [];
  readonly originals: unknown[] = [];
  before: (instance: object, message: Message) => void = () => {};

  @OnSignal(PreSave)
  preSave({ instance }: PayloadOf<PreSave>, message: Message) {
    this.before(instance, message);
    this.lines.push(`pre_save ${instance.constructor.name}`);
  }

  @OnSignal(PostSave)
  postSave(payload: PayloadOf<PostSave>) {
    const { instance, created, changes } = payload;
    this.lines.push(
      `post_save ${instance.constructor.name} ${created ? 'created' : Object.keys(changes).sort().join()}`,
    );
    this.saved.push(payload);
  }

  @OnSignal([PreDelete, PostDelete])
  remove({ instance, original }: PayloadOf<PostDelete>, { signal }: Message) {
    const name = signal instanceof PreDelete ? 'pre_delete' : 'post_delete';
    this.lines.push(`${name} ${instance.constructor.name}`);
    this.originals.push(original);
  }

  reset(): void {
    this.lines.length = this.saved.length = this.originals.length = 0;
    this.before = () => {};
  }

  /** Takes the lines, so that the next flush starts with none. */
  take(): string[] {
    return this.lines.splice(0);
  }

  get changes(): Record<string, unknown> {
    return this.saved.at(-1)!.changes;
  }
}

interface Logged extends OrmApp {
  readonly log: Log;
  readonly em: EntityManager;
}

/** One application with a log for the tests of a file. */
export function sharedLog(): () => Logged {
  const started = sharedOrmApp({ entities, providers: [Log] });
  return () => {
    const log = started().app.get(Log);
    log.reset();
    return Object.assign(started(), { log, em: started().fork() });
  };
}

/** An entity that is stored and loaded again by another EntityManager. */
export async function stored<Entity extends object>(
  em: EntityManager,
  type: new () => Entity,
  data: object,
): Promise<Entity> {
  em.create(type, data as never);
  await em.flush();
  em.clear();
  const [entity] = await em.findAll(type);
  return entity!;
}
