/** Types that are known once all rooms are put together; the front of the house adds them by declaration merging. */
export interface KnownTypes {}

/** An EntityManager, as far as the core uses it. */
export interface UnitOfWork {
  /** The context name of its MikroORM. */
  readonly name: string;
  /** The schema that it is set to. */
  readonly schema?: string;
  /** Writes what is pending in it. */
  flush(): Promise<void>;
}

/** MikroORM's EntityManager, where MikroORM is. */
export type KnownEntityManager = KnownTypes extends { entityManager: infer Em } ? Em : UnitOfWork;
