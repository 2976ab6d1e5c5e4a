import { Collection, type EntityManager, helper } from '@mikro-orm/core';
import {
  Animal,
  Article,
  Box,
  Car,
  Cat,
  Dog,
  Person,
  Player,
  Shelf,
  SportsCar,
  Tag,
  Team,
  Thing,
  Truck,
  Vehicle,
} from './entities.js';
import { keysOf, PROPERTIES } from './properties.js';
import type { Random } from './random.js';

type Entity = Record<string, unknown>;
type EntityClass = new () => object;

const CREATED = [Person, Team, Player, Shelf, Tag, Article, Box, Thing, Vehicle, Car, SportsCar, Truck, Cat, Dog];
const LOADED = [Person, Team, Player, Shelf, Tag, Article, Box, Thing, Vehicle, Animal];
/** The classes to remove from, seldom those that others refer to: the database would refuse. */
const REMOVED = [Shelf, Tag, Article, Box, Thing, Vehicle, Car, SportsCar, Truck, Cat, Dog];

const POPULATED: ReadonlyMap<unknown, readonly string[]> = new Map<unknown, readonly string[]>([
  [Article, ['tags', 'related']],
  [Tag, ['articles']],
  [Box, ['things']],
  [Vehicle, ['drivers', 'owner']],
  [Player, ['team']],
]);

/** One unit of work with random steps: it creates, loads, changes, connects and removes entities. */
export class Work {
  /** Entities that were not read whole, so that not every old value is known. */
  readonly partial = new WeakSet<object>();
  private readonly fresh = new Set<Entity>();

  constructor(
    private readonly em: EntityManager,
    private readonly random: Random,
  ) {}

  async doSomething(): Promise<void> {
    const { random } = this;
    const steps = random.below(6) + 1;
    for (let step = 0; step < steps; step++) {
      const action = random.below(10);
      if (action < 3) this.create(random.one(CREATED));
      else if (action < 5) await this.load(random.one(LOADED));
      else if (action < 7) this.change(this.any());
      else if (action < 9) this.connect(this.any());
      else this.remove();
    }
    if (random.chance(0.1)) this.replaceShelf();
    if (random.chance(0.1)) this.tieInCircle();
    if (random.chance(0.2)) this.handBadgeOn();
  }

  /** The flush is over: what was new is there. */
  settle(): void {
    this.fresh.clear();
  }

  private create(type: EntityClass): Entity {
    const data: Record<string, unknown> = {};
    for (const [name, { values, required }] of Object.entries(PROPERTIES.get(type)!)) {
      if (required || this.random.chance(0.6)) data[name] = this.random.one(values);
    }
    if (type === Shelf) Object.assign(data, { room: `r${this.random.below(1e9)}`, place: this.random.below(100) });
    if (type === Thing) data.box = this.anyOf(Box) ?? this.create(Box);
    const entity = this.em.create(type, data as never) as Entity;
    this.fresh.add(entity);
    if (this.random.chance(0.5)) this.connect(entity);
    return entity;
  }

  private async load(type: (typeof LOADED)[number]): Promise<void> {
    const { random, em } = this;
    const populate = random.some(POPULATED.get(type) ?? []) as never[];
    const fields = type === Person && random.chance(0.3) ? (['name', 'age'] as never[]) : undefined;
    const known = new Set<object>(em.getUnitOfWork().getIdentityMap().values());
    const found = await em.find<object>(type, {}, { populate, orderBy: keysOf(type), ...(fields && { fields }) });
    if (fields) for (const entity of found) if (!known.has(entity)) this.partial.add(entity);
  }

  private change(entity: Entity | undefined): void {
    if (!entity) return;
    const all = Object.entries(PROPERTIES.get(entity.constructor) ?? {});
    for (const [name, { values, isKey }] of this.random.some(all, 0.3)) {
      if (!isKey) entity[name] = this.random.one(values);
    }
  }

  private connect(entity: Entity | undefined): void {
    const { random } = this;
    if (entity instanceof Person) entity.friend = random.chance(0.3) ? null : (this.anyOf(Person) as never);
    if (entity instanceof Team) entity.captain = random.chance(0.3) ? null : (this.anyOf(Player) as never);
    if (entity instanceof Player) entity.team = random.chance(0.3) ? null : (this.anyOf(Team) as never);
    if (entity instanceof Vehicle && random.chance(0.5)) entity.owner = this.anyOf(Person) as never;
    if (entity instanceof Vehicle) this.change2(entity.drivers, this.allOf(Player));
    if (entity instanceof Article) this.change2(entity.tags, this.allOf(Tag));
    if (entity instanceof Article && random.chance(0.3)) this.change2(entity.related, this.allOf(Article));
    if (entity instanceof Tag) this.change2(entity.articles, this.allOf(Article));
    if (entity instanceof Box && entity.things.isInitialized()) this.changeThings(entity);
  }

  /** Changes a many-to-many collection, loaded or not. */
  private change2<T extends object>(collection: Collection<T>, pool: readonly object[]): void {
    const items = this.random.some(pool, 0.4) as T[];
    const action = this.random.below(4);
    if (action === 0) collection.set(items);
    else if (action === 1) collection.add(items);
    else if (action === 2 && collection.isInitialized()) collection.remove(items);
    else if (action === 3 && this.random.chance(0.5)) collection.removeAll();
  }

  private changeThings(box: Box): void {
    const [thing] = box.things.getItems(false);
    if (thing && this.random.chance(0.4)) box.things.remove(thing);
    else this.create(Thing).box = box;
  }

  private remove(): void {
    const pool = this.all().filter(({ constructor }) => (REMOVED as unknown[]).includes(constructor));
    const entity = pool.length > 0 ? this.random.one(pool) : undefined;
    if (!entity) return;
    this.em.remove(entity);
    this.fresh.delete(entity);
  }

  /** Removes a row and makes another with its key. */
  private replaceShelf(): void {
    const shelf = this.allOf(Shelf).find(entity => !this.fresh.has(entity));
    if (!shelf) return;
    this.em.remove(shelf);
    const { room, place } = shelf;
    // em.create() would give the removed one back.
    const again = Object.assign(new Shelf(), { room, place, label: 'again' });
    this.em.persist(again);
    this.fresh.add(again as never);
  }

  /** A unique value moves from one row to another. */
  private handBadgeOn(): void {
    const [one, two] = this.allOf(Player).filter(player => !this.fresh.has(player));
    if (!one || !two) return;
    if (one.badge) [one.badge, two.badge] = [null, two.badge ?? one.badge];
    else if (two.badge) [one.badge, two.badge] = [two.badge, null];
    else one.badge = `b${this.random.below(1e9)}`;
  }

  /** New rows that need each other. */
  private tieInCircle(): void {
    const team = this.create(Team);
    const player = this.create(Player);
    Object.assign(team, { captain: player });
    Object.assign(player, { team });
    const person = this.create(Person);
    person.friend = this.create(Person);
    (person.friend as Entity).friend = person;
  }

  private any(): Entity | undefined {
    const all = this.all();
    return all.length > 0 ? this.random.one(all) : undefined;
  }

  private anyOf(type: unknown): Entity | undefined {
    const all = this.allOf(type);
    return all.length > 0 ? this.random.one(all) : undefined;
  }

  private allOf(type: unknown): Entity[] {
    return this.all().filter(({ constructor }) => constructor === type);
  }

  /** Returns the loaded and the new entities that are not removed. */
  private all(): Entity[] {
    const uow = this.em.getUnitOfWork();
    const managed = uow.getIdentityMap().values() as unknown as Entity[];
    const removed = uow.getRemoveStack();
    return [...new Set([...managed, ...this.fresh])].filter(entity => {
      const { __em, __initialized } = helper(entity);
      return !removed.has(entity) && (__initialized || __em !== undefined) && helper(entity).isInitialized();
    });
  }
}
