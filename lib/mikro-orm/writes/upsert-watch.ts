import type { EventArgs, EventSubscriber, MikroORM } from '@mikro-orm/core';
import type { ModelChannel } from '../model-channel.js';
import { TransactionScope } from '../receiver/receiver-scopes.js';
import type { FlushPhases } from '../receiver/flush-phases.js';
import { RowCreation } from './row-creation.js';
import { mikroOrm } from '../peer.js';

type UpsertArgs = EventArgs<object>;

/** Sends the signals about the upserts of one MikroORM. */
export class UpsertWatch implements EventSubscriber {
  private readonly creation = new RowCreation(this.orm);

  constructor(
    private readonly orm: MikroORM,
    private readonly preUpsert: ModelChannel,
    private readonly postUpsert: ModelChannel,
    private readonly phases: FlushPhases,
  ) {}

  async beforeUpsert(args: UpsertArgs): Promise<void> {
    const { entity, em, meta } = args;
    if (this.preUpsert.hasAudience(meta.class)) {
      const row = mikroOrm.Utils.isEntity(entity) ? { instance: entity } : { data: entity };
      await this.send(this.preUpsert, args, { ...row, created: undefined });
    }
    if (this.postUpsert.hasAudience(meta.class)) this.creation.expect(em, meta, entity);
  }

  async afterUpsert(args: UpsertArgs): Promise<void> {
    const { entity, em, meta } = args;
    if (!this.postUpsert.hasAudience(meta.class)) return;
    const created = await this.creation.wasCreated(em, meta, entity);
    await this.send(this.postUpsert, args, { instance: entity, created });
  }

  private send(channel: ModelChannel, { entity, em, meta }: UpsertArgs, payload: object): Promise<unknown> | undefined {
    const schema = mikroOrm.Utils.isEntity(entity) ? mikroOrm.helper(entity).__schema : em.schema;
    const scope = new TransactionScope(em);
    const send = () => channel.send(meta.class, { ...payload, using: em.name, schema }, scope);
    return this.phases.afterSql(em, scope, () => scope.enter(send));
  }
}
