import type { Collection, FindOneOptions, IDatabaseDriver, MikroORM } from '@mikro-orm/core';
import { collectionOf } from '../flush/related.js';
import { mikroOrm } from '../peer.js';
import { propertyOf } from '../properties.js';
import { shadow } from '../receiver/shadow.js';
import { sqlDriverOf } from '../sql.js';

/** The options of a load, as a driver gets them. */
interface LoadOptions {
  readonly populateFilter?: unknown;
  /** The entities whose relations are being loaded; undefined for the dataloader. */
  readonly visited?: Iterable<object>;
}

/** One load of a relation. It has no owners if joins have loaded everything already. */
type Load = Parameters<IDatabaseDriver['loadFromPivotTable']>;

interface SqlDriver {
  findOne: (this: SqlDriver, entity: unknown, where: unknown, options?: FindOneOptions<object>) => Promise<unknown>;
  loadFromPivotTable: (this: SqlDriver, ...load: Load) => Promise<unknown>;
  createQueryBuilder: (this: SqlDriver, ...args: unknown[]) => Query;
}

interface Query {
  joinAndSelect(field: string | [field: string, subquery: unknown], ...rest: unknown[]): Query;
  clone(...args: unknown[]): Query;
}

/**
 * The many-to-many collections that may lack stored items, because they were loaded with a condition. MikroORM 7.2.1 takes
 * them for complete.
 */
export class LoadedCollections {
  private readonly conditioned = new WeakSet<object>();
  /** Names of the relations that a query selected by itself: only the query knows under which condition. */
  private readonly selected = new Set<string | undefined>();
  /** Names of the relations that were loaded with a condition, for entities that are not known. */
  private readonly untraced = new Set<string>();
  /** The EntityManagers that `em.refresh()` loads into, before it copies what they have loaded. */
  private readonly refreshing = new WeakSet<object>();

  watch(orm: MikroORM): void {
    const driver = sqlDriverOf<SqlDriver>(orm.em);
    const { loadFromPivotTable, findOne, createQueryBuilder } = driver;
    const note = (load: Load) => this.note(orm, load);
    const noteRefresh = (em: object) => this.refreshing.add(em);
    const watchQuery = (query: Query) => this.watchQuery(query);
    // A driver that reads from the writer inherits from this one.
    shadow(driver, 'loadFromPivotTable', async function (...args) {
      const rows = await loadFromPivotTable.apply(this, args);
      note(args);
      return rows;
    });
    shadow(driver, 'findOne', function (entity, where, options) {
      if (options?.flushMode === 'commit' && options.em) noteRefresh(options.em);
      return findOne.call(this, entity, where, options);
    });
    shadow(driver, 'createQueryBuilder', function (...args) {
      return watchQuery(createQueryBuilder.apply(this, args));
    });
  }

  isComplete(collection: Collection<object>, name: string): boolean {
    if (this.conditioned.has(collection) || this.untraced.has(name)) return false;
    // A collection that came with the row of its owner was selected by a join.
    return !this.selected.has(name) || !mikroOrm.helper(collection.owner).__loadedProperties.has(name);
  }

  private note(orm: MikroORM, [prop, owners, where, , , options]: Load): void {
    const isConditioned = isGiven(where, options);
    const { visited }: LoadOptions = options ?? {};
    if (isConditioned && !visited) this.untraced.add(prop.name);
    if (!visited || (!isConditioned && owners.length === 0)) return;
    const keys = new Set(owners.map(key => mikroOrm.Utils.getPrimaryKeyHash(key as string[])));
    for (const entity of visited) {
      const { __em, __meta, __primaryKeys } = mikroOrm.helper(entity);
      const meta = orm.getMetadata().find(__meta.class);
      const own = meta && propertyOf(meta, prop.name);
      const collection = own?.pivotTable === prop.pivotTable ? collectionOf(entity, prop) : undefined;
      if (!collection || (keys.size > 0 && !keys.has(mikroOrm.Utils.getPrimaryKeyHash(__primaryKeys as string[]))))
        continue;
      if (isConditioned && this.refreshing.has(__em as object)) this.untraced.add(prop.name);
      if (isConditioned) this.conditioned.add(collection);
      else this.conditioned.delete(collection);
    }
  }

  private watchQuery(query: Query): Query {
    const [join, clone] = [query.joinAndSelect.bind(query), query.clone.bind(query)];
    query.joinAndSelect = (field, ...rest) => {
      const path = Array.isArray(field) ? field[0] : field;
      this.selected.add(String(path).split('.').at(-1));
      return join(field, ...rest);
    };
    query.clone = (...args) => this.watchQuery(clone(...args));
    return query;
  }
}

function isGiven(where: unknown, options: LoadOptions | undefined): boolean {
  if (!mikroOrm.Utils.isEmpty(options?.populateFilter)) return true;
  if (options?.visited) return !mikroOrm.Utils.isEmpty(where);
  // MikroORM's dataloader makes one condition of several, each with the key of its owner.
  const { $or, ...rest } = (where ?? {}) as { $or?: { $and: [given: unknown, owner: unknown] }[] };
  return !mikroOrm.Utils.isEmpty(rest) || $or?.some(({ $and }) => !mikroOrm.Utils.isEmpty($and?.[0])) === true;
}
