import type { EntityMetadata, EventArgs, EventSubscriber, MikroORM } from '@mikro-orm/core';
import { getOrInsert } from '../../core/index.js';
import type { ModelChannel } from '../model-channel.js';
import { CallerScope } from '../receiver/receiver-scopes.js';
import { mikroOrm } from '../peer.js';

/**
 * Sends the signals about entities that one MikroORM makes and loads. It subscribes only to entities that have
 * receivers: otherwise MikroORM has to look at each object that it makes.
 */
export class LoadWatch {
  private readonly watched = new Map<ModelChannel, Set<object>>();
  private readonly initialized = new WeakSet<object>();

  constructor(
    private readonly orm: MikroORM,
    private readonly postInit: ModelChannel,
    private readonly postLoad: ModelChannel,
  ) {}

  /** Looks at the receivers again. An entity that has lost its last one goes on being watched, to no effect. */
  watch(): void {
    for (const { class: entity } of this.orm.getMetadata().getAll().values()) {
      this.subscribe(entity, this.postInit, { onInit: args => this.sendInit(args) });
      this.subscribe(entity, this.postLoad, { onLoad: args => this.sendLoad(args) });
    }
  }

  private subscribe(entity: EntityMetadata['class'], channel: ModelChannel, hooks: EventSubscriber): void {
    const watched = getOrInsert(this.watched, channel, () => new Set<object>());
    if (watched.has(entity) || !channel.hasAudience(entity)) return;
    watched.add(entity);
    this.orm.em.getEventManager().registerSubscriber({ ...hooks, getSubscribedEntities: () => [entity] });
  }

  /** MikroORM calls it for a reference and, when that is loaded, again. */
  private sendInit({ entity, meta, em }: EventArgs<object>): void {
    if (this.initialized.has(entity) || !mikroOrm.helper(entity).isInitialized()) return;
    this.initialized.add(entity);
    const payload = { instance: entity, using: em.name, schema: mikroOrm.helper(entity).__schema };
    this.postInit.sendSync(meta.class, payload, new CallerScope(em));
  }

  private async sendLoad({ entity, meta, em }: EventArgs<object>): Promise<void> {
    const payload = { instance: entity, using: em.name, schema: mikroOrm.helper(entity).__schema };
    await this.postLoad.send(meta.class, payload, new CallerScope(em));
  }
}
