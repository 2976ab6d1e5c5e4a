import type { EntityManager } from '@mikro-orm/core';

/** The rooms of this house share one type that core cannot name: the EntityManager of `message.em`. */
declare module './core/index.js' {
  interface KnownTypes {
    entityManager: EntityManager;
  }
}
