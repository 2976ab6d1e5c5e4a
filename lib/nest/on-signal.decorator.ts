import 'reflect-metadata';
import type {
  AnyConnectOptions,
  ConnectOptions,
  DeliveredBy,
  Delivery,
  FieldFor,
  Message,
  OnlyField,
  PayloadFor,
  Received,
  ShapeOf,
  SignalClass,
} from '../core/index.js';
import { missForRoot } from './forgotten-module.js';
import { refuseStandardDecorator } from './standard-decorators.js';

/** A class has a `prototype`, and so cannot stand where the prototype of one is expected. */
interface OfInstance {
  readonly prototype?: '@OnSignal decorates methods of instances, and this one is static';
}

/** Accepts a method that can take the payload, with fewer parameters or none; refuses any other at compile time. */
export type ReceiverDecorator<Payload> = <Method extends (payload: Payload, message: Message) => unknown>(
  target: object & OfInstance,
  key: string | symbol,
  descriptor: TypedPropertyDescriptor<Method>,
) => void;

/** The shape of a signal, or the union of the shapes of a list. */
type ShapesOf<Signals> = Signals extends readonly (infer One)[]
  ? ShapesOf<One>
  : Signals extends SignalClass<infer S>
    ? ShapeOf<S>
    : never;

/** One `@OnSignal` as it was written. */
export interface ReceiverDefinition {
  readonly signals: readonly unknown[];
  readonly options: AnyConnectOptions | undefined;
  /** The method as it was when it was decorated. */
  readonly method: Function | undefined;
  /** A mistake, which the start reports. */
  readonly isStatic: boolean;
}

/** The key is global so that two copies of the package in one application read each other's decorators. */
const RECEIVERS = Symbol.for('nestjs-signals:receivers');

/**
 * Connects the method to a signal, to each of a list, or to every signal that extends a class.
 *
 * The receiver is connected when the application starts, before any `onModuleInit`, and disconnected when it
 * shuts down. It is called as `instance.method(payload, message)`, whatever decorators stand above or below.
 * Decorators stack: each adds a connection.
 *
 * @throws {SignalError} at start `NOT_A_SIGNAL`, `NOT_A_RECEIVER`, `UNKNOWN_OPTION`, `RECEIVER_UID_TAKEN`,
 * `SENDER_NOT_AN_ENTITY`, `UNKNOWN_FIELD`.
 * @see Django "Connecting receiver functions"
 */
export function OnSignal<
  const Signals extends SignalClass | readonly SignalClass[],
  const SenderFilter extends ShapesOf<Signals>['filter'],
  const Batch extends true | undefined = undefined,
  Runs extends Delivery = Delivery,
  const Field extends FieldFor<ShapesOf<Signals>, SenderFilter> = never,
>(
  signal: Signals,
  options?: ConnectOptions<ShapesOf<Signals>, SenderFilter, Batch> & { delivery?: Runs; fields?: readonly Field[] },
): ReceiverDecorator<
  Received<DeliveredBy<Runs, PayloadFor<ShapesOf<Signals>, SenderFilter, OnlyField<Field>>>, Batch>
> {
  return (target: object, key, descriptor?: PropertyDescriptor) => {
    refuseStandardDecorator('@OnSignal', key);
    missForRoot(target);
    const isStatic = typeof target === 'function';
    const prototype = isStatic ? (target.prototype as object) : target;
    const methods = definitionsOn(prototype) ?? new Map<string | symbol, ReceiverDefinition[]>();
    const signals: readonly unknown[] = Array.isArray(signal) ? signal : [signal];
    const value: unknown = descriptor?.value;
    const method = typeof value === 'function' ? value : undefined;
    // Decorators are applied from the method upwards: what is written first connects first.
    methods.set(key, [{ signals, options, method, isStatic }, ...(methods.get(key) ?? [])]);
    Reflect.defineMetadata(RECEIVERS, methods, prototype);
  };
}

/** Returns the definitions on exactly this prototype, by method. */
export function definitionsOn(prototype: object): Map<string | symbol, ReceiverDefinition[]> | undefined {
  return Reflect.getOwnMetadata(RECEIVERS, prototype) as Map<string | symbol, ReceiverDefinition[]> | undefined;
}
