import { EntityManager, EntityRepository, MikroORM } from '@mikro-orm/core';
import { getEntityManagerToken, getMikroORMToken, InjectRepository, MikroOrmModule } from '@mikro-orm/nestjs';
import { defineEntity, p, PostgreSqlDriver } from '@mikro-orm/postgresql';
import { Controller, Get, Inject, Injectable, Logger, type Type } from '@nestjs/common';
import { jest } from '@jest/globals';
import {
  GotRequestException,
  type Message,
  OnSignal,
  RequestFinished,
  RequestStarted,
  SignalRegistry,
} from 'nestjs-signals';
import { createTestDatabase } from '../support/database.js';
import { RequestRecord } from './request-record.js';
import { ADAPTERS, type AdapterName, RequestApp } from './request-app.js';

const VisitSchema = defineEntity({ name: 'Visit', properties: { id: p.integer().primary(), what: p.string() } });
class Visit extends VisitSchema.class {}
VisitSchema.setClass(Visit);

/** An ordinary service, which knows nothing of signals. */
@Injectable()
class Visits {
  constructor(@InjectRepository(Visit) private readonly visits: EntityRepository<Visit>) {}

  add(what: string): void {
    this.em().persist(this.visits.create({ what }, { persist: false }));
  }

  count(): Promise<number> {
    return this.visits.count();
  }

  em(): EntityManager {
    return this.visits.getEntityManager().getContext();
  }
}

@Controller()
class Routes {
  seen: string[] = [];

  constructor(
    @Inject(EntityManager) private readonly em: EntityManager,
    @Inject(Visits) private readonly visits: Visits,
  ) {}

  @Get('ok')
  async ok() {
    this.seen = this.em.getUnitOfWork().getIdentityMap().values().map(String);
    return { stored: await this.visits.count() };
  }

  @Get('fails')
  fails() {
    this.visits.add('of the route, which never flushes');
    throw new Error('the route fails');
  }
}

const SIGNALS = [RequestStarted, GotRequestException, RequestFinished] as const;

type Receive = (message: Message, visits: Visits, em: EntityManager) => unknown;

/** Receivers of all request signals, given as functions. */
function receiving(...all: Receive[]): Type[] {
  return all.map(receive => {
    @Injectable()
    class Receiver {
      constructor(
        @Inject(Visits) private readonly visits: Visits,
        @Inject(EntityManager) private readonly em: EntityManager,
      ) {}

      @OnSignal(SIGNALS)
      receive(_: object, message: Message) {
        return receive(message, this.visits, this.em);
      }
    }
    return Receiver;
  });
}

/** An application whose receivers have a PostgreSQL database of their own, and one named `archive`. */
async function start(adapter: AdapterName, ...all: Receive[]) {
  const databases = [await createTestDatabase(), await createTestDatabase()];
  const [main, archive] = databases.map(({ url }) => ({
    driver: PostgreSqlDriver,
    clientUrl: url,
    entities: [VisitSchema],
  }));
  const started = await RequestApp.start({
    adapter,
    imports: [
      MikroOrmModule.forRoot(main!),
      MikroOrmModule.forRoot({ ...archive, contextName: 'archive' }),
      MikroOrmModule.forFeature([VisitSchema]),
    ],
    controllers: [Routes],
    isHeard: false,
    // The receiver that is called last at the end knows that the others were.
    providers: [Visits, ...receiving(...all), RequestRecord],
    prepare: async app => {
      await app.get(MikroORM).schema.create();
      await app.get<MikroORM>(getMikroORMToken('archive')).schema.create();
    },
  });
  const texts = async (orm: MikroORM) => (await orm.em.fork().findAll(Visit)).map(({ what }) => what).sort();
  return {
    app: started,
    stored: () => texts(started.app.get(MikroORM)),
    archived: () => texts(started.app.get<MikroORM>(getMikroORMToken('archive'))),
    [Symbol.asyncDispose]: async () => {
      await started[Symbol.asyncDispose]();
      await Promise.all(databases.map(database => database.drop()));
    },
  };
}

const nameOf = ({ signal }: Message) => signal.constructor.name;

describe.each(ADAPTERS)('On %s, a receiver of a request signal', adapter => {
  beforeEach(() => {
    jest.spyOn(Logger.prototype, 'error').mockReturnValue();
  });

  afterEach(() => jest.restoreAllMocks());

  it('has one EntityManager: its message, what is injected and repositories agree', async () => {
    const seen: unknown[] = [];
    await using t = await start(adapter, (message, visits, em) => {
      seen.push([nameOf(message), message.em === em.getContext(), message.em === visits.em()]);
    });

    await t.app.get('/fails');
    await t.app.recorded.finished();

    expect(seen).toEqual([
      ['RequestStarted', true, true],
      ['GotRequestException', true, true],
      ['RequestFinished', true, true],
    ]);
  });

  it('has what it persists written when it returns, and nothing else', async () => {
    await using t = await start(adapter, (message, visits) => visits.add(nameOf(message)));

    await t.app.get('/fails');
    await t.app.recorded.finished();

    expect(await t.stored()).toEqual(['GotRequestException', 'RequestFinished', 'RequestStarted']);
  });

  it('has it written before the route begins, which knows nothing of it', async () => {
    await using t = await start(adapter, (message, visits) => visits.add(nameOf(message)));

    const response = await t.app.get('/ok');

    expect(await response.json()).toEqual({ stored: 1 });
    expect(t.app.app.get(Routes).seen).toEqual([]);
  });

  it('shares no EntityManager with another receiver', async () => {
    const ems = new Set<unknown>();
    const keep = ({ em }: Message) => void ems.add(em);
    await using t = await start(
      adapter,
      (message, visits) => {
        keep(message);
        visits.add('of one');
      },
      keep,
    );

    await t.app.get('/ok');
    await t.app.recorded.finished();

    expect(ems.size).toBe(4);
  });

  it('finds what it has persisted: a query flushes it first', async () => {
    const counts: number[] = [];
    await using t = await start(adapter, async (message, visits) => {
      if (nameOf(message) !== 'RequestStarted') return;
      visits.add('one');
      counts.push(await visits.count());
      visits.add('two');
      counts.push(await visits.count());
    });

    await t.app.get('/ok');

    expect(counts).toEqual([1, 2]);
  });

  it('is in no transaction', async () => {
    const seen: boolean[] = [];
    await using t = await start(adapter, message => void seen.push(message.em!.isInTransaction()));

    await t.app.get('/ok');
    await t.app.recorded.finished();

    expect(seen).toEqual([false, false]);
  });

  it('that fails writes nothing', async () => {
    await using t = await start(adapter, (message, visits) => {
      visits.add(nameOf(message));
      throw new Error('the receiver fails');
    });

    expect((await t.app.get('/ok')).status).toBe(500);
    await t.app.recorded.finished();

    expect(await t.stored()).toEqual([]);
  });

  it('fails when what it has persisted cannot be written', async () => {
    await using t = await start(adapter, (_, visits) => visits.em().persist(visits.em().create(Visit, {} as never)));

    expect((await t.app.get('/ok')).status).toBe(500);
  });

  it('has an EntityManager of each MikroORM', async () => {
    let agree: boolean | undefined;
    @Injectable()
    class Archive {
      constructor(
        @Inject(Visits) private readonly visits: Visits,
        @Inject(getEntityManagerToken('archive')) private readonly em: EntityManager,
      ) {}

      @OnSignal(RequestStarted)
      keep(_: object, message: Message) {
        this.visits.add('here');
        this.em.create(Visit, { what: 'there' });
        agree = message.em === this.visits.em() && this.em.getContext() !== message.em;
      }
    }
    await using t = await start(adapter);
    const archive = new Archive(t.app.app.get(Visits), t.app.app.get<EntityManager>(getEntityManagerToken('archive')));
    t.app.app.get(RequestStarted).connect((payload, message) => archive.keep(payload, message));

    await t.app.get('/ok');

    expect(agree).toBe(true);
    expect(await t.stored()).toEqual(['here']);
    expect(await t.archived()).toEqual(['there']);
  });
});

it('Without a MikroORM a receiver of a request signal has no EntityManager, and nothing is made for one', async () => {
  const seen: unknown[] = [];
  await using app = await RequestApp.start({});
  app.app.get(RequestStarted).connect((_, { em }) => void seen.push(em));

  await app.get('/');

  expect(seen).toEqual([undefined]);
  expect(app.app.get(SignalRegistry).unitsOfWork).toBeUndefined();
});
