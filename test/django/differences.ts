/** One row of the table of docs/guides/from-django.md: what Django does, what happens here, and why. */
interface Row {
  readonly django: string;
  readonly here: string;
  readonly why: string;
}

/** Every reason for which this library does not do what Django does. */
export const DIFFERENCES = {
  NO_WEAK_REFERENCES: {
    django: 'holds receivers weakly: a local function, or a method of an object without other references, vanishes',
    here: 'a connection lasts until it is ended; those of providers end with the application',
    why: 'the garbage collector must not decide which receivers are called',
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
    django: 'model signals refuse `None`, strings and all other senders that cannot be weakly referenced',
    here: 'a signal of your own takes any sender; its type can restrict the sender',
    why: 'how receivers are looked up is not your concern',
  },
  TYPES_CHECK_AT_COMPILE_TIME: {
    django: 'checks receivers in `DEBUG` only; in production a wrong one fails when the signal is sent',
    here: 'the compiler checks sender, payload and receiver; `connect()` always refuses a value that is no function',
    why: 'a mistake should be reported where it is made',
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
    django:
      'recognizes async receivers by their declaration: it may not await one, and cannot call one from async code',
    here: '`send` awaits whatever a receiver returns, and may be called from anywhere',
    why: 'there is one event loop, and one kind of function',
  },
  NOTHING_RUNS_ON: {
    django: '`asend()` fails with the first error, and the other async receivers run on behind it',
    here: 'nothing runs on behind a rejected send',
    why: 'a receiver that runs on writes into a transaction that is over',
  },
  ONE_KIND_OF_ERROR: {
    django: '`send_robust()` lets `KeyboardInterrupt` and its like through, and the other receivers are not called',
    here: '`sendRobust` calls every receiver, whatever is thrown',
    why: 'JavaScript has no errors that only the process may catch',
  },
  A_FLUSH_IS_A_TRANSACTION: {
    django: 'in autocommit `on_commit()` runs its function at once, inside the receiver',
    here: 'every flush has a transaction: `afterCommit` receivers run after it, when all others have ended; a send outside a transaction calls them at once',
    why: 'uncommitted changes can still be rolled back',
  },
  AFTER_COMMIT_IS_ISOLATED: {
    django:
      'an error after COMMIT reaches the caller, and the remaining functions are not called; `robust=True` isolates one',
    here: 'always isolated: logged, and reported by `ReceiverFailed`',
    why: 'a committed transaction has not failed',
  },
  DJANGO_BUG: {
    django: '`send_robust()` itself fails when a receiver without a name does; equal instances share their receivers',
    here: 'neither: a receiver needs no name, and instances are distinguished',
    why: 'these are defects',
  },
  NO_CHANGE_NO_SIGNAL: {
    django: 'sends a pair for every `save()`, and for a collection that stays as it is',
    here: 'only changes are written, and signals are sent only for what is written',
    why: 'a unit of work knows what changed',
  },
  ONE_FLUSH_ONE_PAIR: {
    django: 'sends a pair for each `save()` and `delete()`',
    here: 'a flush sends one pair for each row, whatever was done to it since the last one; new and removed again is nothing',
    why: 'a flush writes the outcome, not the way to it',
  },
  NEW_IS_KNOWN: {
    django: 'tries an UPDATE and then an INSERT for a row whose key was given, and knows `created` afterwards',
    here: 'a created entity is an INSERT, and `PreSave` knows it, too; `upsert` asks the database, and sends `PreUpsert` and `PostUpsert`',
    why: 'a unit of work knows which rows it has read',
  },
  NEW_PARENTS_GO_FIRST: {
    django: 'refuses to save a row that refers to one that is not saved',
    here: 'the new row that it refers to is saved with it, and has its own signals',
    why: 'a flush brings new rows into order',
  },
  PRE_SAVE_IS_WRITTEN: {
    django: "with `update_fields`, a `pre_save` receiver's changes of other fields stay in memory",
    here: 'the values that a receiver of `PreSave` leaves on the instance are stored',
    why: 'memory and database must not drift apart',
  },
  ERRORS_ROLL_BACK: {
    django:
      'in autocommit, or when the caller catches it, an error of a `post_save` receiver leaves the row in the database',
    here: 'it rolls the flush back; a transaction in which it was caught is refused at its COMMIT',
    why: 'a row that a receiver refused must not be stored',
  },
  OWN_UNIT_OF_WORK: {
    django: 'receivers save whatever they like, the instance too',
    here: 'a receiver of `PostSave` has its own EntityManager: it adds rows and changes entities that it loads; changes of `instance` belong in `PreSave`',
    why: 'the flush that writes `instance` is not over',
  },
  COLLECTIONS_ARE_CHANGES: {
    django: 'adds to and removes from a reverse foreign key by bulk updates, which send nothing',
    here: 'the rows that refer to the owner change, and signals are sent for them',
    why: 'they are changes of these rows like any other',
  },
  LOADED_CHILDREN_GO: {
    django: 'loads everything that a delete takes along, and sends a pair for each',
    here: 'signals are sent for loaded entities that are removed by `cascade` or `orphanRemoval`: for the children after their parent, although the database deletes them before it; not for rows that the database removes by itself',
    why: 'a delete must not read whole tables',
  },
  BULK_IS_BULK: {
    django: 'sends a pair for each row of a `QuerySet.delete()`, and loads them for that',
    here: '`nativeDelete` is one statement, and sends nothing for single rows; `PreBulkWrite` and `PostBulkWrite` report it if they are switched on',
    why: 'to get signals for single rows, load the rows and remove them',
  },
  DATABASE_DECIDES: {
    django: 'checks `PROTECT` before it sends anything, and refuses to delete a row that was never saved',
    here: 'the database refuses, after `PreDelete`, and everything is rolled back; removing an entity that was never saved does nothing',
    why: 'constraints belong to the database',
  },
  ONE_ROW_ONE_CLASS: {
    django:
      'takes a row of a multi-table child for two objects: the parent part can be loaded, saved and deleted by itself',
    here: 'a row is of one class, the leaf: one pair, whichever class it was loaded or removed as',
    why: 'it is one thing',
  },
  SUBCLASSES_ON_REQUEST: {
    django: 'never calls a receiver that was connected for an abstract base, and does not say so',
    here: '`includeSubclasses: true` receives from the classes below it; without it an abstract sender is refused at start',
    why: 'a receiver that is never called is a mistake',
  },
  REAL_DIFFERENCES: {
    django: 'reports the keys that were asked for, present or not; `clear()` reports nothing about what was removed',
    here: '`M2mChanged` reports what is really added and removed; a collection that was loaded is emptied by a removal, one that was not by a clear; `exact` is false if it was not loaded as a whole (a condition, a filter, a query builder)',
    why: 'a receiver needs to know what changed',
  },
  PIVOTS_ARE_NOT_TOLD: {
    django: 'sends row signals for a custom `through` when it removes rows, and none when it adds them',
    here: 'a collection sends `M2mChanged` alone; rows of the pivot entity that you make or remove yourself send row signals',
    why: 'one change is sent once',
  },
  PAYLOADS_ARE_NOT_LEVERS: {
    django: 'gives receivers its own `pk_set`: a receiver vetoes keys by taking them out',
    here: '`pkSet` is frozen; a receiver changes the collection itself',
    why: 'a payload must match what happens',
  },
  LOADED_ONCE: {
    django: 'sends `post_init` for every row of every query, before the object knows where it is from',
    here: '`PostInit` and `PostLoad` are sent once for an object: an object that is already known is not made again',
    why: 'a row is one object in a unit of work',
  },
  NOT_OFFERED: {
    django: 'sends `template_rendered` and `setting_changed` in tests, and `pre_init` before a constructor',
    here: 'there are no such signals',
    why: 'Nest has neither templates nor settings of its own, and nothing runs before a constructor',
  },
  LOGINS_ARE_REFUSED: {
    django: 'an error of a `user_logged_in` receiver breaks the request, and the user is logged in nevertheless',
    here: 'it refuses the login: no session stays, `request.user` is not set, and the caller gets the error',
    why: 'a client that gets an error must not be logged in',
  },
} as const satisfies Readonly<Record<string, Row>>;

export type Difference = keyof typeof DIFFERENCES;
