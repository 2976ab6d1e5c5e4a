import { Collection, type EntityManager, FlushMode, type MikroORM, Reference } from '@mikro-orm/core';
import type { Classes } from './entities.js';
import { kindOf, SHAPES, type Step } from './program.js';

interface Labelled {
  label: string;
  text?: string | null;
}

/** Plays the units of work of one program against one MikroORM. */
export class World {
  private em!: EntityManager;
  private entities = new Map<string, Labelled>();

  constructor(
    private readonly orm: MikroORM,
    private readonly kinds: Classes['kinds'],
  ) {}

  /** Begins with an EntityManager that has loaded everything. */
  async begin(): Promise<void> {
    this.em = this.orm.em.fork({ flushMode: FlushMode.COMMIT });
    this.entities = new Map();
    for (const [kind, type] of Object.entries(this.kinds)) {
      const { collections } = SHAPES[kind]!;
      const all = await this.em.find(
        type as new () => Labelled,
        {},
        {
          populate: Object.keys(collections) as never[],
          orderBy: { id: 1 } as never,
        },
      );
      for (const entity of all) this.entities.set(entity.label, entity);
    }
  }

  play(steps: readonly Step[]): void {
    for (const step of steps) this.step(step);
  }

  flush(): Promise<void> {
    return this.em.flush();
  }

  private step(step: Step): void {
    const { em } = this;
    if (step.does === 'create') return this.create(step.label);
    const entity = this.entities.get(step.label) as (Labelled & Record<string, unknown>) | undefined;
    const other = 'to' in step && step.to !== null ? this.entities.get(step.to) : null;
    // A step before it may have failed to find it, too.
    if (!entity || other === undefined) return;
    if (step.does === 'remove') return void em.remove(entity);
    if (step.does === 'rename') entity.text = `${entity.text ?? ''}!`;
    else if (step.does === 'link') entity[step.property] = other && this.asStored(entity, step.property, other);
    else this.collect(entity[step.property!] as Collection<object>, step.does, other);
    if (!em.getUnitOfWork().getRemoveStack().has(entity)) em.persist(entity);
    if (other && !em.getUnitOfWork().getRemoveStack().has(other)) em.persist(other);
  }

  private create(label: string): void {
    const kind = kindOf(label);
    const entity = Object.assign(new this.kinds[kind as 'leaf']() as Labelled, { label });
    for (const property of Object.keys(SHAPES[kind]!.collections))
      Collection.create(entity, property as never, undefined, true);
    if (kind === 'keyed') Object.assign(entity, { id: `key of ${label}` });
    this.entities.set(label, entity);
    this.em.persist(entity);
  }

  private asStored(entity: object, property: string, other: object): object {
    const isRef = entity.constructor.name === 'Keyed' && property !== 'node';
    return isRef ? Reference.create(other) : other;
  }

  private collect(collection: Collection<object>, does: string, other: object | null): void {
    if (does === 'empty') collection.removeAll();
    else if (does === 'add') collection.add(other!);
    else collection.remove(other!);
  }
}
