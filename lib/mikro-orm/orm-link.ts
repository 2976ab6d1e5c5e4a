import type { MikroORM } from '@mikro-orm/core';
import { Inject } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { badOption, isA, SignalError } from '../core/index.js';
import { type Application, forRootOptions, type RoomLink } from '../nest/index.js';
import { RelationSource } from './collections/relation-source.js';
import { EntitySource } from './entity-source.js';
import { MigratorSource } from './migrations/migrator-source.js';
import { type OrmWatch, watchOrm } from './orm-watch.js';
import { sendPrepared } from './starting/starting-watch.js';
import { modelChannels } from './signals.js';
import { OrmUnitsOfWork } from './units-of-work.js';
import { isSql } from './sql.js';
import { mikroOrm } from './peer.js';

const WAIT = 'wait until the application has started: use onApplicationBootstrap(), or receive PostMigrate.';

/** Hooks every MikroORM of an application. */
export class OrmLink implements RoomLink {
  private readonly watches = new Set<OrmWatch>();
  private readonly channels = modelChannels(this.application.registry);
  private readonly unitsOfWork = new OrmUnitsOfWork();

  constructor(
    private readonly application: Application,
    private readonly contexts: readonly string[] | undefined,
  ) {}

  /** Hooks every MikroORM that Nest knows by its usual token as soon as it is made, so that no flush is missed. */
  async link(): Promise<this> {
    for (const { providers } of this.application.modules.values()) {
      const moduleRef = providers.get(ModuleRef)?.instance as ModuleRef;
      for (const token of [...providers.keys()].filter(isOrmToken)) this.hook(await made(moduleRef, token));
    }
    const { sources } = this.application.registry;
    sources.add(new EntitySource(this.watches, () => this.start()));
    sources.add(new RelationSource(this.unitsOfWork.relations));
    sources.add(new MigratorSource(this.watches));
    return this;
  }

  get isIdle(): boolean {
    return this.watches.size === 0 && !this.application.registry.startup.isStarting;
  }

  close(): void {
    this.application.registry.unitsOfWork = undefined;
  }

  private hook(orm: unknown): void {
    const { channels, unitsOfWork } = this;
    if (!isA(orm, mikroOrm.MikroORM) || unitsOfWork.has(orm)) return;
    if (this.contexts?.includes(orm.em.name) === false) return;
    refuseDocuments(orm);
    unitsOfWork.add(orm);
    const { registry } = this.application;
    // Only now: an application without a MikroORM pays for none, although the package is there.
    registry.unitsOfWork = unitsOfWork;
    this.watches.add(watchOrm(orm, registry, channels, unitsOfWork));
  }

  /** Called when every provider is made: hooks, too, every MikroORM that has a token of the application's own. */
  private start(): void {
    for (const { providers } of this.application.modules.values()) {
      for (const { instance } of providers.values()) this.hook(instance);
    }
    const names = [...this.watches].map(({ orm }) => orm.em.name);
    const missing = this.contexts?.find(name => !names.includes(name));
    if (missing !== undefined) throw unknownContext(missing, names);
    const { channels, unitsOfWork } = this;
    for (const { orm } of this.watches) void sendPrepared(orm, channels.entityPrepared, unitsOfWork.none(WAIT));
  }
}

function isOrmToken(token: unknown): token is string | typeof MikroORM {
  return token === mikroOrm.MikroORM || (typeof token === 'string' && token.endsWith('_MikroORM'));
}

/** Waits until Nest has made a provider. */
async function made(moduleRef: ModuleRef, token: string | typeof MikroORM): Promise<unknown> {
  class Asker {
    constructor(readonly asked: unknown) {}
  }
  Inject(token)(Asker, undefined, 0);
  return (await moduleRef.create(Asker)).asked;
}

/** @throws {SignalError} `PEER_NOT_SUPPORTED` */
function refuseDocuments({ em }: MikroORM): void {
  if (isSql(em)) return;
  throw new SignalError('PEER_NOT_SUPPORTED', {
    what: `The MikroORM '${em.name}' has the driver ${em.getDriver().constructor.name}, whose database does not speak SQL.`,
    at: 'SignalsModule.forRoot()',
    fix:
      'use PostgreSQL, PGlite, SQLite, MySQL or MariaDB; or leave this one out: `mikroOrm: { contexts: [...] }` names ' +
      'those that send model signals, and `mikroOrm: false` stands for none.',
  });
}

function unknownContext(name: string, known: readonly string[]): SignalError {
  const others = known.length > 0 ? `use one of ${known.join(', ')}` : 'import MikroOrmModule.forRoot()';
  const why = `no MikroORM of this application has the context name '${name}'`;
  return badOption(forRootOptions('mikroOrm'), 'contexts', why, `${others}, or leave it out.`);
}
