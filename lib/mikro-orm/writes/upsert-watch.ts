import type { EventArgs, EventSubscriber, MikroORM } from '@mikro-orm/core';
import type { ModelChannel } from '../model-channel.js';
import { TransactionScope } from '../receiver/receiver-scopes.js';
import type { Running } from '../receiver/running.js';
import { RowCreation } from './row-creation.js';
import { helper, Utils } from '../peer.js';

type UpsertArgs = EventArgs<object>;

/** Tells of the upserts of one MikroORM. */
export class UpsertWatch implements EventSubscriber {
  private readonly creation: RowCreation;

  constructor(
    orm: MikroORM,
    private readonly preUpsert: ModelChannel,
    private readonly postUpsert: ModelChannel,
    private readonly running: Running,
  ) {
    this.creation = new RowCreation(orm);
  }

  async beforeUpsert(args: UpsertArgs): Promise<void> {
    const { entity, em, meta } = args;
    if (this.preUpsert.hears(meta.class)) {
      const given = Utils.isEntity(entity) ? { instance: entity } : { data: entity };
      await this.tell(this.preUpsert, args, { ...given, created: undefined });
    }
    if (this.postUpsert.hears(meta.class)) this.creation.look(em, meta, entity);
  }

  async afterUpsert(args: UpsertArgs): Promise<void> {
    const { entity, em, meta } = args;
    if (!this.postUpsert.hears(meta.class)) return;
    const created = await this.creation.wasCreated(em, meta, entity);
    await this.tell(this.postUpsert, args, { instance: entity, created });
  }

  private tell(channel: ModelChannel, { entity, em, meta }: UpsertArgs, told: object): Promise<unknown> | undefined {
    const schema = Utils.isEntity(entity) ? helper(entity).__schema : em.schema;
    const scope = new TransactionScope(em);
    const tell = () => channel.tell(meta.class, { ...told, using: em.name, schema }, scope);
    return this.running.within({ phase: 'after', em, uow: em.getUnitOfWork(false), scope }, () => scope.enter(tell));
  }
}
