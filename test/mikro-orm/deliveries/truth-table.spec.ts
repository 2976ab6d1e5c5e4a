import { stripVTControlCharacters } from 'node:util';
import type { EntityManager } from '@mikro-orm/core';
import { Logger } from '@nestjs/common';
import { jest } from '@jest/globals';
import {
  afterCommit,
  afterRollback,
  beforeCommit,
  type Delivery,
  inline,
  type Message,
  PostSave,
  ReceiverFailed,
} from 'nestjs-signals';
import { fileAt } from '../../house/repository.js';
import { rowsOf, sectionOf } from '../../house/rules/markdown.js';
import { Item, Placed, startItems } from './items.js';
import { cellsOf, EMS, ERRORS, type Row, ROWS, RUNS, TRANSACTIONS } from './truth-table.js';
import { EXPLICIT, WAYS } from './ways.js';

const DELIVERIES: Readonly<Record<Row['delivery'], Delivery>> = { inline, beforeCommit, afterCommit, afterRollback };

type Work = (em: EntityManager) => Promise<unknown>;
type Way = (em: EntityManager, work: Work) => Promise<unknown>;

const FLUSH = WAYS['an implicit flush']!;

/** The ways to open each kind of transaction, and whether a send or a flush follows. */
const CASES: Readonly<Record<Row['transaction'], readonly (readonly [string, Way, 'send' | 'flush'])[]>> = {
  none: [['', (em, work) => work(em), 'send']],
  flush: [['', FLUSH, 'flush']],
  explicit: Object.entries(EXPLICIT).flatMap(([name, run]) => [
    [`${name}, sent`, run, 'send'] as const,
    [`${name}, flushed`, run, 'flush'] as const,
  ]),
  savepoint: (['send', 'flush'] as const).map(kind => [
    `${kind === 'send' ? 'sent' : 'flushed'}`,
    (em, work) =>
      em.transactional(outer => {
        outermost = outer.getTransactionContext();
        return outer.transactional(async inner => void (await work(inner)));
      }),
    kind,
  ]),
};

let t: Awaited<ReturnType<typeof startItems>>;
let line: string[];
let logged: jest.Spied<Logger['error']>;
/** The outermost transaction of a savepoint. */
let outermost: unknown;

beforeAll(async () => {
  const logger = (text: string) => {
    const [, statement = ''] = /^\[query\] ([a-z ]+)/.exec(stripVTControlCharacters(text)) ?? [];
    if (!statement.startsWith('select')) line.push(statement.trim());
  };
  line = [];
  t = await startItems({ config: { debug: ['query'], logger } });
});
afterAll(() => t[Symbol.asyncDispose]());
beforeEach(() => {
  line = [];
  logged = jest.spyOn(Logger.prototype, 'error').mockReturnValue();
});
afterEach(() => logged.mockRestore());

interface Seen {
  /** Statements, what the caller does, and the receiver, in the order of time. */
  readonly line: readonly string[];
  /** The error that the send or flush threw, if it was caught there; `error` is what the transaction threw. */
  readonly caught: unknown;
  readonly error: unknown;
  readonly isCallers: boolean | undefined;
  readonly isOnTransaction: boolean | undefined;
  readonly isFresh: boolean | undefined;
  readonly failed: readonly string[];
  readonly next: number;
  readonly stored: number;
}

interface Course {
  readonly receiverFails?: boolean;
  readonly isCaught?: boolean;
  readonly isUndone?: boolean;
}

/** Does one thing in one transaction, and looks at a receiver of it. */
async function see({ delivery }: Row, run: Way, kind: 'send' | 'flush', course: Course = {}): Promise<Seen> {
  const own = DELIVERIES[delivery];
  const before = await t.fork().count(Item, {});
  const seen: Record<string, unknown> = { next: 0, failed: [] };
  let caller: EntityManager | undefined;
  const receive = (_payload: unknown, { em }: Message) => {
    line.push('receiver');
    seen.isCallers = em === caller;
    const transactions = new Set<unknown>([caller!.getTransactionContext(), outermost]);
    seen.isOnTransaction = em !== caller && transactions.has(em!.getTransactionContext());
    seen.isFresh = em !== caller && !em!.isInTransaction() && em!.getUnitOfWork().getIdentityMap().keys().length === 0;
    if (course.receiverFails) throw new Error('the receiver fails');
  };
  const signal = t.app.get<Placed>(kind === 'send' ? Placed : PostSave);
  using _one = signal.connect(receive, { delivery: own, uid: 'one' });
  using _next = signal.connect(() => (seen.next = 1), { delivery: own, uid: 'next' });
  using _undoes = t.app.get(PostSave).connect(() => {
    if (course.isUndone && run === FLUSH) throw new Error('undone');
  });
  using _failed = t.app.get(ReceiverFailed).connect(({ receiver }) => (seen.failed = [receiver]));
  const send = async (em: EntityManager) => {
    if (kind === 'send') await t.app.get(Placed).send(null, { name: 'x' }, { em });
    else if (run !== FLUSH) await em.flush();
  };
  line = [];
  outermost = {};
  const attempt = run(t.fork(), async em => {
    caller = em.getContext();
    if (kind === 'flush') em.create(Item, { name: 'x' });
    line.push('work');
    const sending = send(em);
    await (course.isCaught ? sending.catch((error: unknown) => (seen.caught = error)) : sending);
    line.push('worked');
    if (course.isUndone && run !== FLUSH) throw new Error('undone');
  });
  await attempt.catch((error: unknown) => (seen.error = error));
  line.push('goes on');
  const happened = line;
  return { ...(seen as unknown as Seen), line: happened, stored: (await t.fork().count(Item, {})) - before };
}

const place = ({ line: all }: Seen, what: string) => all.lastIndexOf(what);
const inOrder = (seen: Seen, ...whats: string[]) =>
  expect(whats.map(what => place(seen, what)).toSorted((a, b) => a - b)).toEqual(whats.map(what => place(seen, what)));
const all = (seen: Seen, ...whats: string[]) => {
  expect(seen.line).toEqual(expect.arrayContaining(whats));
  inOrder(seen, ...whats);
};
const isSilent = (seen: Seen) => expect(seen.line).not.toContain('receiver');
const isItself = (error: unknown) => expect(error).toEqual(new Error('the receiver fails'));

type Look = (course?: Course) => Promise<Seen>;

const CHECK_RUNS: Readonly<Record<keyof typeof RUNS, (look: Look) => Promise<void>>> = {
  inSend: async look => all(await look(), 'work', 'receiver', 'worked'),
  atOnce: async look => all(await look(), 'work', 'receiver', 'worked'),
  inEither: async look => all(await look(), 'work', 'receiver', 'worked'),
  inFlush: async look => all(await look(), 'begin', 'insert into', 'receiver', 'commit', 'goes on'),
  beforeCommit: async look => {
    const seen = await look();
    all(seen, 'worked', 'receiver', 'goes on');
    expect(seen.line[place(seen, 'receiver') + 1]).toBe('commit');
  },
  beforeOutermost: async look => {
    const seen = await look();
    all(seen, 'worked', 'release savepoint', 'receiver', 'commit', 'goes on');
    expect(seen.line[place(seen, 'receiver') + 1]).toBe('commit');
    isSilent(await look({ isUndone: true }));
  },
  afterCommit: async look => {
    const seen = await look();
    all(seen, 'worked', 'receiver', 'goes on');
    expect(seen.line[place(seen, 'receiver') - 1]).toBe('commit');
    isSilent(await look({ isUndone: true }));
  },
  afterOutermost: async look => {
    all(await look(), 'worked', 'release savepoint', 'commit', 'receiver', 'goes on');
    isSilent(await look({ isUndone: true }));
  },
  afterRollback: async look => {
    isSilent(await look());
    const seen = await look({ isUndone: true });
    all(seen, 'receiver', 'goes on');
    expect(seen.line[place(seen, 'receiver') - 1]).toBe('rollback');
  },
  afterUndone: async look => {
    isSilent(await look());
    all(await look({ isUndone: true }), 'rollback to savepoint', 'rollback', 'receiver', 'goes on');
  },
  never: async look => {
    isSilent(await look());
    isSilent(await look({ isUndone: true }));
  },
};

const CHECK_ERRORS: Readonly<Record<keyof typeof ERRORS, (look: Look, row: Row) => Promise<void>>> = {
  stopsSend: async look => {
    const seen = await look({ receiverFails: true });
    isItself(seen.error);
    expect(seen.next).toBe(0);
  },
  failsFlush: async look => {
    const seen = await look({ receiverFails: true });
    isItself(seen.error);
    expect({ next: seen.next, stored: seen.stored }).toEqual({ next: 0, stored: 0 });
  },
  refuses: async look => {
    isItself((await look({ receiverFails: true })).error);
    const seen = await look({ receiverFails: true, isCaught: true });
    isItself(seen.caught);
    expect(seen.error).toMatchObject({ code: 'TRANSACTION_REFUSED', cause: seen.caught });
    expect({ next: seen.next, stored: seen.stored }).toEqual({ next: 0, stored: 0 });
  },
  refusesSavepoint: async look => {
    const seen = await look({ receiverFails: true, isCaught: true });
    expect(seen.error).toMatchObject({ code: 'TRANSACTION_REFUSED', cause: seen.caught });
    expect(seen.line).toContain('rollback to savepoint');
    expect(seen.stored).toBe(0);
  },
  rollsBack: async look => {
    const seen = await look({ receiverFails: true });
    isItself(seen.error);
    expect(seen.line).toEqual(expect.arrayContaining(['worked', 'receiver', 'rollback']));
    expect({ next: seen.next, stored: seen.stored }).toEqual({ next: 0, stored: 0 });
  },
  isolated: async (look, { delivery }) => {
    const isUndone = delivery === 'afterRollback';
    const { error } = await look({ isUndone });
    const seen = await look({ isUndone, receiverFails: true });
    expect(String(seen.error)).toBe(String(error));
    expect({ failed: seen.failed, next: seen.next }).toEqual({ failed: ['one'], next: 1 });
    expect(logged).toHaveBeenCalledTimes(1);
  },
  nothing: async look => expect((await look({ receiverFails: true })).error).toBeUndefined(),
};

const CHECK_EMS: Readonly<Record<keyof typeof EMS, (look: Look, row: Row, kind: string) => Promise<void>>> = {
  callers: async look => expect((await look()).isCallers).toBe(true),
  joined: async look => expect((await look()).isOnTransaction).toBe(true),
  either: async (look, _row, kind) => {
    const { isCallers, isOnTransaction } = await look();
    expect({ isCallers, isOnTransaction }).toEqual({ isCallers: kind === 'send', isOnTransaction: kind === 'flush' });
  },
  fresh: async (look, { delivery }) =>
    expect((await look({ isUndone: delivery === 'afterRollback' })).isFresh).toBe(true),
  nothing: async look => expect((await look()).isFresh).toBeUndefined(),
};

const CELLS = ROWS.flatMap(row =>
  CASES[row.transaction].map(([name, run, kind]) => {
    const look: Look = course => see(row, run, kind, course);
    const transaction = `${row.delivery}, transaction: ${TRANSACTIONS[row.transaction]}${name && ` (${name})`}`;
    return { transaction, row, kind, look };
  }),
);

describe.each(CELLS)('A receiver with the delivery $transaction', ({ row, kind, look }) => {
  it(`runs ${RUNS[row.runs]}`, async () => {
    await expect(CHECK_RUNS[row.runs](look)).resolves.toBeUndefined();
  });

  it(`has an error that ${ERRORS[row.error] || 'is none'}`, async () => {
    await expect(CHECK_ERRORS[row.error](look, row)).resolves.toBeUndefined();
  });

  it(`has as its EntityManager ${EMS[row.em] || 'none'}`, async () => {
    await expect(CHECK_EMS[row.em](look, row, kind)).resolves.toBeUndefined();
  });
});

describe('The table under "Deliveries" in docs/transactions.md', () => {
  const rows = rowsOf(sectionOf(fileAt('docs/transactions.md'), /^Deliveries$/) ?? '');

  it('has every row, and no other', () => {
    expect(rows).toEqual(ROWS.map(cellsOf));
  });
});
