/** One row of the table under "Coming from Django" in README.md: what Django does, what happens here, and why. */
interface Row {
  readonly django: string;
  readonly here: string;
  readonly why: string;
}

/** Every reason for which this library does not do what Django does. */
export const DIFFERENCES = {
  NO_WEAK_REFERENCES: {
    django: 'holds receivers weakly: a local function, or a method of an object that nobody else holds, vanishes',
    here: 'a connection lasts until it is ended; those of providers end with the application',
    why: 'the garbage collector must not decide who is called',
  },
  CALLED_ONCE: {
    django: 'calls a function twice that is connected for every sender and for this one',
    here: 'a receiver is called at most once per send, however many of its connections match',
    why: 'it is one receiver, and one thing has happened',
  },
  STRINGS_ARE_VALUES: {
    django: 'compares senders by identity, strings too: an equal string may not match',
    here: 'equal strings are the same sender; objects and classes are compared by identity',
    why: 'strings have no identity in JavaScript',
  },
  ANY_SENDER: {
    django: 'model signals refuse `None`, strings and whatever else cannot be weakly referenced as sender',
    here: 'a signal of your own takes any sender; to take fewer is a matter of its type',
    why: 'how receivers are looked up is not your concern',
  },
  TYPES_CHECK_AT_COMPILE_TIME: {
    django: 'checks receivers in `DEBUG` only; in production a wrong one fails when the signal is sent',
    here: 'the compiler checks sender, payload and receiver; what is no function is refused in `connect()`, always',
    why: 'a mistake should be told where it is made',
  },
  DECORATORS_MARK: {
    django: '`@receiver` connects the bare function below it, and decorators above it are bypassed',
    here: '`@OnSignal` only marks the method: a decorator works above it as below it',
    why: 'a retry or a transaction around a method has to hold for signals, too',
  },
  ONE_ORDER: {
    django: 'calls sync receivers first and async ones afterwards, together, or all at the same time',
    here: 'sync and async receivers share one order, and are called one after another',
    why: 'an order is only worth something when it is kept, and an EntityManager is for one at a time',
  },
  ONE_KIND_OF_FUNCTION: {
    django: 'tells async receivers by their declaration: it may not await one, and cannot call one from async code',
    here: '`send` awaits whatever a receiver returns, and may be called from anywhere',
    why: 'there is one event loop, and one kind of function',
  },
  NOTHING_RUNS_ON: {
    django: '`asend()` fails with the first error, and the other async receivers run on behind it',
    here: 'nothing runs on behind a rejected send',
    why: 'what runs on writes into a transaction that is over',
  },
  ONE_KIND_OF_ERROR: {
    django: '`send_robust()` lets `KeyboardInterrupt` and its like through, and the other receivers are not called',
    here: '`sendRobust` calls every receiver, whatever is thrown',
    why: 'JavaScript has no errors that only the process may catch',
  },
  DJANGO_BUG: {
    django: '`send_robust()` itself fails when a receiver without a name does; equal instances share their receivers',
    here: 'neither: a receiver needs no name, and instances are told apart',
    why: 'these are defects',
  },
} as const satisfies Readonly<Record<string, Row>>;

export type Difference = keyof typeof DIFFERENCES;
