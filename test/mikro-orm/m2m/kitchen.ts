import type { EntityManager } from '@mikro-orm/core';
import { Injectable } from '@nestjs/common';
import { M2mChanged, OnSignal, type PayloadOf } from 'nestjs-signals';
import { type OrmApp, sharedOrmApp } from '../../support/orm.js';
import { Band, entities, Person, Pizza, Sauce, Topping } from './entities.js';

@Injectable()
export class Log {
  readonly lines: string[] = [];
  readonly payloads: PayloadOf<M2mChanged>[] = [];

  @OnSignal(M2mChanged)
  record(payload: PayloadOf<M2mChanged>) {
    const { instance, action, reverse, pkSet, exact, property } = payload;
    const { name, id } = instance as { name: string; id?: number };
    const of = `${instance.constructor.name}#${id ?? `(${name})`}.${property}`;
    const flags = `${reverse ? ' reverse' : ''}${exact ? '' : ' inexact'}`;
    this.lines.push(`${action} ${of} ${JSON.stringify(pkSet)}${flags}`);
    this.payloads.push(payload);
  }

  /** Takes the lines, so that the next flush starts with none. */
  take() {
    this.payloads.length = 0;
    return this.lines.splice(0);
  }
}

export interface Kitchen extends OrmApp {
  readonly log: Log;
  /** The keys that the rows of a pivot table hold. */
  rows(table?: string): Promise<string[]>;
}

/** Two pizzas, of which the first has two of three toppings; anew for each test of a file. */
export function sharedKitchen(): () => Kitchen {
  const started = sharedOrmApp({ entities, providers: [Log] });
  beforeEach(() => stock(started().fork()));
  return () => {
    const log = started().app.get(Log);
    log.take();
    return Object.assign(started(), { log, rows });
  };

  async function rows(table = 'pizza_toppings'): Promise<string[]> {
    const found = await started().fork().getConnection().execute<object[]>(`select * from ${table} order by 1, 2`);
    return found.map((row: object) => Object.values(row).slice(0, 2).join('-'));
  }
}

async function stock(em: EntityManager): Promise<void> {
  for (const name of ['ham', 'egg', 'leek']) em.create(Topping, { name });
  for (const name of ['napoli', 'roma']) em.create(Pizza, { name });
  for (const name of ['ann', 'bob', 'cay']) em.create(Person, { name });
  em.create(Sauce, { kind: 'chili', strength: 3 });
  em.create(Band, { name: 'duo' });
  await em.flush();
  await em.getConnection().execute('insert into pizza_toppings (pizza_id, topping_id) values (1, 1), (1, 2)');
}

export const pizza = (em: EntityManager, id = 1) => em.findOneOrFail(Pizza, id, { populate: ['toppings'] });
export const topping = (em: EntityManager, id = 1) => em.findOneOrFail(Topping, id, { populate: ['pizzas'] });
export const ref = (em: EntityManager, id: number) => em.getReference(Topping, id);
