/** The class of an entity, or the schema that `defineEntity` and `EntitySchema` of MikroORM made instead of one. */
export type EntityFilter = (abstract new (...args: never[]) => object) | { readonly '~entity': object };

/** The object that a filter stands for: of a class, of a schema, or the type itself. */
export type InstanceOf<SenderFilter> = unknown extends SenderFilter
  ? object
  : SenderFilter extends (abstract new (...args: never[]) => infer Instance extends object)
    ? Instance
    : SenderFilter extends { readonly '~entity': infer Entity extends object }
      ? Entity
      : SenderFilter extends object
        ? SenderFilter
        : object;

/**
 * Returns the class that an EntitySchema, or the result of `defineEntity`, describes; undefined for any other value.
 *
 * It is recognized by its shape, because MikroORM may not be installed.
 */
export function classOfSchema(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !('meta' in value)) return undefined;
  return (value.meta as { class?: unknown } | undefined)?.class;
}
