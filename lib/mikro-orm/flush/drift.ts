import type { EntityManager, EntityMetadata } from '@mikro-orm/core';
import { Logger } from '@nestjs/common';
import type { AnyChangeSet } from './change-sets.js';
import { differences, snapshotOf } from './comparing.js';
import { changedNames, EntityStates, isPartlyUnknown } from './entity-states.js';
import { ownerOf } from '../properties.js';
import type { Snapshot } from './stored-values.js';

/** The number of rows of a class that are looked at in one flush: a receiver that changes one changes most. */
const LOOKED_AT = 3;

/** The warnings about receivers of `PostSave` that change an entity after it was written: one for each. */
export class Drift {
  readonly states = new EntityStates();
  private readonly warned = new Set<string>();
  private readonly log = new Logger('Signals');

  warn(receiver: string, { className }: EntityMetadata, names: readonly string[]): void {
    const what = `${receiver} has changed ${names.join(', ')} of the entity ${className}, which was written already`;
    if (this.warned.has(what)) return;
    this.warned.add(what);
    this.log.warn(
      `${what}: the database does not have it, and a later flush of the same EntityManager writes it. ` +
        `Fix: change it in PreSave, or load it with em.findOneOrFail(${className}, ...) and change that.`,
    );
  }
}

/** The rows of one flush that are looked at. */
export class DriftOfFlush {
  private readonly counts = new Map<EntityMetadata, number>();

  constructor(
    private readonly drift: Drift,
    private readonly em: EntityManager,
  ) {}

  /** Looks at an entity now. @returns an object that looks again after each receiver. */
  watch(changeSet: AnyChangeSet): { look(receiver: string): void } | undefined {
    const { meta } = changeSet;
    const count = this.counts.get(meta) ?? 0;
    if (count === LOOKED_AT) return undefined;
    this.counts.set(meta, count + 1);
    let names = this.lookAt(changeSet);
    return {
      look: receiver => {
        const changed = names();
        if (changed.length === 0) return;
        this.drift.warn(receiver, meta, changed);
        names = this.lookAt(changeSet);
      },
    };
  }

  /** @returns a function that returns the names of the properties that have changed since. */
  private lookAt(changeSet: AnyChangeSet): () => string[] {
    const { em } = this;
    const { entity, meta } = changeSet;
    const state = this.drift.states.stateOf(changeSet);
    if (!isPartlyUnknown(state)) return () => changedNames(state);
    const before = snapshotOf(entity, em);
    const nameOf = (key: string) => ownerOf(meta, key)?.name ?? [];
    const others = (now: Snapshot) => Object.keys(differences(meta, before, now, em)).flatMap(nameOf);
    return () => [...new Set([...changedNames(state), ...others(snapshotOf(entity, em))])];
  }
}
