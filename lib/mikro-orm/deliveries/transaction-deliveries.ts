import {
  BOOLEAN,
  checkOptions,
  deferredCalls,
  type DeferredMessage,
  type DeferringDelivery,
  type Delivery,
  DELIVERY,
  type Moment,
  type OptionKinds,
  optionOwner,
  runAll,
} from '../../core/index.js';

/** The options of `afterCommit`. */
export interface AfterCommitOptions {
  /** The sender does not wait for the receiver; a shutdown does. Default: false. */
  detached?: boolean;
}

const OPTIONS: OptionKinds<AfterCommitOptions> = { detached: BOOLEAN };

const OWNER = optionOwner('afterCommit', 'say { detached: true }, or leave it out.');

const ATTACHED = deferring('after-commit', message => runAll(deferredCalls([message])));
const DETACHED: Delivery = { ...ATTACHED, name: 'after-commit, detached', detached: true };

/** A delivery, and a function that makes one with options. */
export interface AfterCommit extends Delivery {
  (options?: AfterCommitOptions): Delivery;
}

/**
 * Runs the receiver just before the outermost COMMIT, with an EntityManager on the same transaction. An error rolls it back. Without a
 * transaction the receiver runs inside the send, and its error is the sender's.
 */
export const beforeCommit: Delivery = deferring('before-commit', message =>
  deferredCalls([message])[0]?.run(scopeOf(message)),
);

/**
 * Runs the receiver after the outermost COMMIT, or at once if there is no transaction. The message is dropped when the
 * transaction, or the savepoint that it was sent in, is rolled back.
 *
 * The code that commits waits for the receivers; with `afterCommit({ detached: true })` it does not wait. Each has an
 * EntityManager of its own. An error changes nothing for the sender or for other receivers: it is logged, and reported
 * by `ReceiverFailed`.
 *
 * @throws {SignalError} `UNKNOWN_OPTION`
 * @see Django "Performing actions after commit"
 */
export const afterCommit: AfterCommit = named((options: AfterCommitOptions = {}) => {
  checkOptions(OWNER, options, OPTIONS);
  return options.detached ? DETACHED : ATTACHED;
}, ATTACHED);

/**
 * Runs the receiver when the transaction, or the savepoint that the message was sent in, was rolled back: after the
 * outermost ends. Never without a transaction. Isolated like `afterCommit`, with an EntityManager of its own.
 *
 * A rollback because the process ends runs no receivers.
 */
export const afterRollback: Delivery = { [DELIVERY]: true, name: 'after-rollback', moment: 'after-rollback' };

function deferring(moment: Moment, atOnce: DeferringDelivery['atOnce']): DeferringDelivery {
  return { [DELIVERY]: true, name: moment, moment, atOnce };
}

/** Returns the scope on the transaction, if COMMIT is on its way already: then now is just before it. */
function scopeOf({ application: { unitsOfWork }, transaction, tenant }: DeferredMessage) {
  return (transaction && unitsOfWork?.within(transaction)) ?? unitsOfWork?.fresh(tenant);
}

/** Makes a function that is a delivery, too, and has its name. */
function named<Make extends (options?: AfterCommitOptions) => Delivery>(make: Make, delivery: Delivery): AfterCommit {
  return Object.defineProperties(make, Object.getOwnPropertyDescriptors(delivery)) as Make & Delivery;
}
