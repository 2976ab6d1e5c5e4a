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
  A_FLUSH_IS_A_TRANSACTION: {
    django: 'in autocommit `on_commit()` runs its function at once, inside the receiver',
    here: 'every flush has a transaction: `afterCommit` receivers run after it, when all others have ended; a send outside a transaction calls them at once',
    why: 'what is not committed can still be rolled back',
  },
  AFTER_COMMIT_IS_ISOLATED: {
    django:
      'an error after COMMIT reaches the caller, and the functions that are left are not called; `robust=True` isolates one',
    here: 'always isolated: logged, and told by `ReceiverFailed`',
    why: 'what is committed has not failed',
  },
  DJANGO_BUG: {
    django: '`send_robust()` itself fails when a receiver without a name does; equal instances share their receivers',
    here: 'neither: a receiver needs no name, and instances are told apart',
    why: 'these are defects',
  },
  NO_CHANGE_NO_SIGNAL: {
    django: 'sends a pair for every `save()`, and for a collection that stays as it is',
    here: 'only what changes is written, and only what is written is told',
    why: 'a unit of work knows what changed',
  },
  ONE_FLUSH_ONE_PAIR: {
    django: 'sends a pair for each `save()` and `delete()`',
    here: 'a flush sends one pair for each row, whatever was done to it since the last one; new and removed again is nothing',
    why: 'a flush writes the outcome, not the way to it',
  },
  NEW_IS_KNOWN: {
    django: 'tries an UPDATE and then an INSERT for a row whose key was given, and knows `created` afterwards',
    here: 'what is created is an INSERT, and `PreSave` knows it, too; `upsert` asks the database, and sends `PreUpsert` and `PostUpsert`',
    why: 'a unit of work knows which rows it has read',
  },
  NEW_PARENTS_GO_FIRST: {
    django: 'refuses to save a row that refers to one that is not saved',
    here: 'the new row that it refers to is saved with it, and told',
    why: 'a flush brings new rows into order',
  },
  PRE_SAVE_IS_WRITTEN: {
    django: 'with `update_fields`, what a `pre_save` receiver changes beside them stays in memory',
    here: 'what a receiver of `PreSave` leaves on the instance is what is stored',
    why: 'memory and database must not drift apart',
  },
  ERRORS_ROLL_BACK: {
    django: 'in autocommit, or when the caller catches it, an error of a `post_save` receiver leaves the row there',
    here: 'it rolls the flush back; a transaction in which it was caught is refused at its COMMIT',
    why: 'what a receiver refused must not be stored',
  },
  OWN_UNIT_OF_WORK: {
    django: 'receivers save whatever they like, the instance too',
    here: 'a receiver of `PostSave` has an EntityManager of its own: it adds rows and changes what it loads; to change `instance` is the business of `PreSave`',
    why: 'the flush that writes `instance` is not over',
  },
  COLLECTIONS_ARE_CHANGES: {
    django: 'adds to and removes from a reverse foreign key by bulk updates, of which nothing is sent',
    here: 'the rows that refer to the owner change, and are told',
    why: 'they are changes of these rows like any other',
  },
  LOADED_CHILDREN_GO: {
    django: 'loads everything that a delete takes along, and sends a pair for each',
    here: 'what is loaded and goes along by `cascade` or `orphanRemoval` is told, the children of a row after the row and before it in the database; what the database does by itself is not',
    why: 'a delete must not read whole tables',
  },
  BULK_IS_BULK: {
    django: 'sends a pair for each row of a `QuerySet.delete()`, and loads them for that',
    here: '`nativeDelete` is one statement, of which no row is told; `PreBulkWrite` and `PostBulkWrite` tell of it where they are switched on',
    why: 'who wants rows to be told loads and removes them',
  },
  DATABASE_DECIDES: {
    django: 'checks `PROTECT` before it sends anything, and refuses to delete what was never saved',
    here: 'the database refuses, after `PreDelete`, and everything is rolled back; to remove what was never saved does nothing',
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
    here: '`includeSubclasses: true` hears the classes below it; without it an abstract sender is refused at start',
    why: 'a receiver that is never called is a mistake',
  },
  REAL_DIFFERENCES: {
    django:
      'tells of the keys that were asked for, whether or not they were there; `clear()` says nothing of what was there',
    here: '`M2mChanged` tells of what is really added and removed; a collection that was loaded is emptied by a removal, one that was not by a clear',
    why: 'a receiver wants to know what changed',
  },
  PIVOTS_ARE_NOT_TOLD: {
    django: 'sends row signals for a custom `through` when it removes rows, and none when it adds them',
    here: 'a collection sends `M2mChanged` alone; rows of the pivot entity that you make or remove yourself send row signals',
    why: 'one change is told once',
  },
  PAYLOADS_ARE_NOT_LEVERS: {
    django: 'gives receivers its own `pk_set`: to take keys out of it vetoes them',
    here: '`pkSet` is frozen; a receiver changes the collection itself',
    why: 'what is told must be what happens',
  },
  LOADED_ONCE: {
    django: 'sends `post_init` for every row of every query, before the object knows where it is from',
    here: '`PostInit` and `PostLoad` are sent once for an object: what is known already is not made again',
    why: 'a row is one object in a unit of work',
  },
  NOT_OFFERED: {
    django: 'sends `template_rendered` and `setting_changed` in tests, and `pre_init` before a constructor',
    here: 'there are no such signals',
    why: 'Nest has neither templates nor settings of its own, and nothing runs before a constructor',
  },
  LOGINS_ARE_REFUSED: {
    django:
      'an error of a `user_logged_in` receiver breaks the request, and whoever it is about is logged in all the same',
    here: 'it refuses the login: no session stays, `request.user` is not set, and the caller gets the error',
    why: 'who is told that it failed must not be inside',
  },
} as const satisfies Readonly<Record<string, Row>>;

export type Difference = keyof typeof DIFFERENCES;
