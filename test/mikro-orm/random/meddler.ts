import { Injectable } from '@nestjs/common';
import { type Message, OnSignal, type PayloadOf, PreDelete, PreSave } from 'nestjs-signals';
import { Article, Person, Tag } from './entities.js';
import { PROPERTIES } from './properties.js';
import type { Random } from './random.js';

/** Does at random what receivers may do before the SQL. */
@Injectable()
export class Meddler {
  random: Random | undefined;

  @OnSignal(PreSave)
  meddle({ instance, changes, created }: PayloadOf<PreSave>, { em }: Message): void {
    const { random } = this;
    if (!random) return;
    const entity = instance as Record<string, unknown>;
    const own = PROPERTIES.get(instance.constructor)!;
    if (random.chance(0.2)) {
      const name = random.one(Object.keys(own));
      entity[name] = random.one(own[name]!.values);
    }
    if (!created && random.chance(0.2)) {
      for (const [name, change] of Object.entries(changes)) {
        if (name in own && 'from' in change!) entity[name] = change.from;
      }
    }
    if (instance instanceof Person && random.chance(0.1)) em!.create(Tag, { label: 'added' });
  }

  @OnSignal(PreDelete, { sender: Article })
  keep({ instance }: PayloadOf<PreDelete, Article>, { em }: Message): void {
    if (!this.random?.chance(0.3)) return;
    if (this.random.chance(0.5)) instance.title = 'kept';
    em!.persist(instance);
  }
}
