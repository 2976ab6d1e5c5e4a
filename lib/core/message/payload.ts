/** Carries a signal's types. It exists for the compiler only. */
export declare const SHAPE: unique symbol;

/**
 * The types of a signal: a function from what a receiver asked for (`SenderFilter`) to what it gets.
 * `payload` may depend on `SenderFilter`, as `instance` of `PostSave` does.
 */
export interface SignalShape {
  readonly SenderFilter: unknown;
  /** The one property that a receiver asked for with `fields`; `never` for none, or several. */
  readonly Field: unknown;
  readonly payload: object;
  /** The type of the `sender` of a connection. */
  readonly filter: unknown;
  /** The type of one of the `fields` of a connection. */
  readonly field: string;
}

/** The shape of a signal that is not filtered by fields. */
export interface SenderShape<Filter> extends SignalShape {
  readonly filter: Filter;
  readonly field: never;
}

/** The shape of a signal whose payload is the same for every sender. */
export interface PlainShape<Payload extends object, Sender> extends SenderShape<
  unknown extends Sender ? unknown : Sender | (abstract new (...args: never[]) => Sender)
> {
  readonly payload: Payload;
}

/** Any shape. `any` because a payload is both read and written, so no other type argument accepts them all. */
// oxlint-disable-next-line typescript/no-explicit-any
export type AnyShape = any;

/** Anything that carries a signal's types. */
export interface Shaped {
  readonly [SHAPE]: AnyShape;
}

export type ShapeOf<S extends Shaped> = S[typeof SHAPE];

/** The payload of a shape for what a receiver asked for. */
export type PayloadFor<Shape extends SignalShape, SenderFilter, Field = never> = (Shape & {
  readonly SenderFilter: SenderFilter;
  readonly Field: Field;
})['payload'];

/** The name itself where it is one; `never` for a union, whose members may each be absent. */
export type OnlyField<Field, All = Field> = [Field] extends [never]
  ? never
  : string extends Field
    ? never
    : Field extends unknown
      ? [All] extends [Field]
        ? Field
        : never
      : never;

/** The names that `fields` may hold for what a receiver asked for. */
export type FieldFor<Shape extends SignalShape, SenderFilter> = (Shape & {
  readonly SenderFilter: SenderFilter;
})['field'];

/**
 * The payload that a receiver of signal `S` gets.
 *
 * For a model signal the second argument is the entity, or a union of them: `PayloadOf<PostSave, User>`
 * has `instance: User`. The third is the property of `fields: ['email']`, where it is one: `changes.email` is there then.
 */
export type PayloadOf<S extends Shaped, SenderFilter = unknown, Field extends string = never> = PayloadFor<
  ShapeOf<S>,
  SenderFilter,
  OnlyField<Field>
>;

/** The payload may be left out where it has no required property. */
export type PayloadArguments<Payload extends object, Options> = {} extends Payload
  ? [payload?: Payload, options?: Options]
  : [payload: Payload, options?: Options];
