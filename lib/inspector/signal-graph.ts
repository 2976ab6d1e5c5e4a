/** The signals of an application, with who sends and who receives each of them. JSON; `SIGNAL_GRAPH_SCHEMA` describes it. */
export interface SignalGraph {
  /** The version of this format. It grows when a program that reads graphs would have to change. */
  readonly version: 1;
  /** Whether the application is a preview: receivers that `connect()` adds are not in it. */
  readonly preview: boolean;
  /** The signals, sorted by name. Built-in ones that no class receives or injects are left out. */
  readonly signals: readonly GraphSignal[];
}

export interface GraphSignal {
  readonly name: string;
  readonly class: string;
  /** `orders/order-placed.signal.ts:4`, relative to the working directory; not of built-in signals. */
  readonly source?: string;
  /** The part of this package that sends it: `mikro-orm`, `passport`, `http`, `durable`, `core`. Absent: the application does. */
  readonly sentByRoom?: string;
  /** The modules that provide it. Empty for built-in signals and for signals that only stand for others. */
  readonly modules: readonly string[];
  /** `static version` of the payload. */
  readonly payloadVersion: number;
  /** JSON Schema of the payload, if `static schema` can be written as one. */
  readonly payload?: object;
  /** The names of the signals that extend it: its receivers receive them, too. */
  readonly extendedBy: readonly string[];
  /** The classes that inject it, and so can send it. */
  readonly sentBy: readonly GraphSender[];
  /** The receivers, in the order in which they run. */
  readonly receivers: readonly GraphReceiver[];
  /** The reason why nothing sends it; absent if something can. */
  readonly neverSent?: string;
}

export interface GraphSender {
  /** The class of the provider; for a factory the class that it makes, or `factory of` its token. */
  readonly class: string;
  readonly module: string;
  readonly source?: string;
}

export interface GraphReceiver {
  readonly uid: string;
  /** `Receipts.mail`. Absent for a function that was connected with `connect()`. */
  readonly method?: string;
  readonly module?: string;
  readonly source?: string;
  /** `@OnSignal(OrderPlaced) on Receipts.mail` */
  readonly where: string;
  /** The senders that it is called for; empty for every sender. */
  readonly senders: readonly string[];
  readonly includeSubclasses: boolean;
  /** `inline`, `after-commit`, `durable`, ... */
  readonly delivery: string;
  /** The other options that were given, those of the delivery included; functions are `true`. */
  readonly options: Readonly<Record<string, OptionValue>>;
}

export type OptionValue = string | number | boolean | readonly string[];
