/**
 * The class that an EntitySchema, or what `defineEntity` returned, describes; undefined for anything else.
 *
 * Told by shape, not by `instanceof`, so that the names of this room can be used without MikroORM installed.
 */
export function classOfSchema(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !('meta' in value)) return undefined;
  return (value.meta as { class?: unknown } | undefined)?.class;
}
