import fc from 'fast-check';
import type { ConnectOptions } from 'nestjs-signals';

abstract class Base {}
class Alpha extends Base {}
class SubAlpha extends Alpha {}
class Beta {}

/** The senders that may send, and that receivers may ask for. */
export const SENDERS = {
  Base,
  Alpha,
  SubAlpha,
  Beta,
  alpha: new Alpha(),
  otherAlpha: new Alpha(),
  subAlpha: new SubAlpha(),
  web: 'web',
  seven: 7,
  none: null,
} as const;
export type SenderName = keyof typeof SENDERS;

/** The second extends the first. */
export const SIGNAL_NAMES = ['Ping', 'LoudPing', 'Pong'] as const;

/** The receivers r0 to r4 and three uids. One that stands earlier may ask to run before, so that no cycle comes about. */
const UIDS = ['x', 'r0', 'r1', 'y', 'r2', 'r3', 'z', 'r4'];
const RECEIVERS = 5;

export interface Connect {
  readonly do: 'connect';
  readonly signal: number;
  readonly receiver: number;
  readonly senders?: readonly SenderName[];
  /** Receives every second send. */
  readonly when?: 'odd' | 'even';
  readonly options: Pick<ConnectOptions, 'includeSubclasses' | 'uid' | 'once' | 'before' | 'after'>;
}

export interface Send {
  readonly do: 'send' | 'sendRobust' | 'sendSync';
  readonly signal: number;
  readonly sender: SenderName;
  /** A receiver does not fail with what it sends. */
  readonly caught: boolean;
}

/** Ends what an earlier connect has connected: as it was connected, or for what stands here instead. */
export interface Disconnect {
  readonly do: 'disconnect';
  readonly connection: number;
  readonly what?: string;
  readonly sender?: SenderName;
}

/** An action of a program, or of a receiver while it is called. */
export type Action =
  | Connect
  | Send
  | Disconnect
  | { readonly do: 'end'; readonly connection: number }
  | { readonly do: 'ask'; readonly signal: number; readonly sender?: SenderName };

export interface ReceiverPlan {
  /** A function, a function that returns a promise, or an async function. */
  readonly kind: 'plain' | 'promising' | 'async';
  readonly takesMessage: boolean;
  readonly answers: boolean;
  readonly fails: boolean;
  readonly actions: readonly Action[];
}

export interface Program {
  readonly receivers: readonly ReceiverPlan[];
  readonly actions: readonly Action[];
}

const signal = fc.constantFrom(0, 0, 0, 1, 1, 2);
const connection = fc.nat({ max: 11 });
const sender = fc.constantFrom(...(Object.keys(SENDERS) as SenderName[]));

/** One time in `among`; else it is left out. */
function sometimes<T>(among: number, arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> {
  return fc.oneof({ weight: among - 1, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary });
}

const others = fc.array(
  fc.oneof(
    { weight: 20, arbitrary: fc.constantFrom(...UIDS.map(uid => `${uid}?`)) },
    { weight: 1, arbitrary: fc.constantFrom('x', 'y', 'z') },
  ),
  { minLength: 1, maxLength: 3 },
);

const options = fc.record({
  includeSubclasses: sometimes(3, fc.constant(true)),
  uid: sometimes(3, fc.constantFrom('x', 'y', 'z')),
  once: sometimes(6, fc.constant(true)),
  before: sometimes(5, others),
  after: sometimes(5, others),
});

const connect: fc.Arbitrary<Connect> = fc
  .record({
    do: fc.constant('connect' as const),
    signal,
    receiver: fc.nat({ max: RECEIVERS - 1 }),
    senders: sometimes(2, fc.array(sender, { minLength: 1, maxLength: 3 })),
    when: sometimes(6, fc.constantFrom('odd', 'even')),
    options,
  })
  .map(({ options: { before, after, ...others }, ...rest }) => {
    const own = UIDS.indexOf(others.uid ?? `r${rest.receiver}`);
    const place = (uid: string) => UIDS.indexOf(uid.replace('?', ''));
    const [later, earlier] = [before?.filter(uid => place(uid) > own), after?.filter(uid => place(uid) < own)];
    return definedOf({ ...rest, options: definedOf({ ...others, before: later, after: earlier }) });
  });

/** Programs are printed when they fail; what is not there should not be. */
function definedOf<T extends object>(record: T): T {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined)) as T;
}

const send: fc.Arbitrary<Send> = fc.record({
  do: fc.constantFrom('send', 'send', 'send', 'sendRobust', 'sendSync'),
  signal,
  sender,
  caught: fc.boolean(),
});

const disconnect: fc.Arbitrary<Disconnect> = fc
  .record({
    do: fc.constant('disconnect' as const),
    connection,
    what: sometimes(4, fc.constantFrom(...UIDS)),
    sender: sometimes(4, sender),
  })
  .map(definedOf);

const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 4, arbitrary: connect },
  { weight: 8, arbitrary: send },
  { weight: 3, arbitrary: disconnect },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('end' as const), connection }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('ask' as const), signal, sender: sometimes(2, sender) }).map(definedOf),
  },
);

const receiver: fc.Arbitrary<ReceiverPlan> = fc.record({
  kind: fc.constantFrom('plain', 'plain', 'plain', 'promising', 'async'),
  takesMessage: fc.boolean(),
  answers: fc.boolean(),
  fails: sometimes(8, fc.constant(true)).map(fails => fails === true),
  actions: sometimes(2, fc.array(action, { minLength: 1, maxLength: 3 })).map(actions => actions ?? []),
});

/** Programs that begin with some connections. */
export const programs: fc.Arbitrary<Program> = fc
  .record({
    receivers: fc.array(receiver, { minLength: RECEIVERS, maxLength: RECEIVERS }),
    connections: fc.array(connect, { minLength: 2, maxLength: 8, size: 'max' }),
    actions: fc.array(action, { minLength: 2, maxLength: 12, size: 'max' }),
  })
  .map(({ receivers, connections, actions }) => ({ receivers, actions: [...connections, ...actions] }));
