import type { EntityMetadata } from '@mikro-orm/core';
import type { Family, FamilyTable } from './family-sql.js';

/**
 * The family of an entity that is mapped with table-per-type; for any other it is empty.
 *
 * @param signalled - the entities whose tables have triggers.
 */
export function familyOf(
  meta: EntityMetadata,
  signalled: readonly EntityMetadata[],
  schemaOf: (meta: EntityMetadata) => string | undefined,
): Family {
  const tableOf = (other: EntityMetadata): FamilyTable => {
    const schema = schemaOf(other);
    const isBeside = schema === '*' || schema === schemaOf(meta);
    return { schema: isBeside ? undefined : (schema ?? 'public'), name: other.tableName };
  };
  const above = parentsOf(meta).filter(parent => signalled.some(one => one.class === parent.class));
  const below = meta.allTPTDescendants?.toReversed() ?? [];
  return { above: above.map(tableOf), below: below.map(tableOf) };
}

/** The entities that an entity extends with table-per-type, the nearest first. */
export function parentsOf({ tptParent }: EntityMetadata): EntityMetadata[] {
  return tptParent ? [tptParent, ...parentsOf(tptParent)] : [];
}
