/**
 * How the EntityManagers of an application were set where a message was sent: schema, filters with their parameters,
 * session. A receiver that runs later has EntityManagers that are set alike.
 */
export interface Tenant {
  /** The context name of the MikroORM whose EntityManager the message was sent with. */
  readonly using: string | undefined;
  /** The schema of that EntityManager. */
  readonly schema: string | undefined;
  /** Whether another send had the same; its message may then be part of the same call. */
  isLike(other: Tenant): boolean;
  /** Returns the part that a worker cannot know by itself, by the context name of the MikroORM; undefined where there is none. */
  store(encode: (value: unknown, name: string) => Encoded): StoredTenant | undefined;
}

/** A tenant as a job holds it. */
export type StoredTenant = Readonly<Record<string, StoredSettings>>;

export interface StoredSettings {
  readonly schema?: string;
  /** The parameters of filters, by name. */
  readonly filters?: Encoded;
  /** Variables and role of the session. */
  readonly session?: Encoded;
}

/** The settings of EntityManagers, by the context name of their MikroORM. */
export type TenantSettings = Readonly<
  Record<string, { readonly schema?: string | undefined; readonly filters?: unknown; readonly session?: unknown }>
>;

export function areAlike(one: Tenant | undefined, other: Tenant | undefined): boolean {
  return one === other || (one !== undefined && other !== undefined && one.isLike(other));
}

/** A value as JSON. Plain objects that have the tag as a key of their own are escaped: `{ $: 'object', v: ... }`. */
export type Encoded = string | number | boolean | null | Encoded[] | { [key: string]: Encoded };
