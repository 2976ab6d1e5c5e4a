import type { EntityMetadata, EventArgs, EventSubscriber, MikroORM } from '@mikro-orm/core';
import type { ModelChannel } from '../model-channel.js';
import { CallerScope } from '../receiver/receiver-scopes.js';
import { helper } from '../peer.js';

/**
 * Sends the signals about entities that one MikroORM makes and loads. It subscribes only to entities that have
 * receivers: otherwise MikroORM has to look at each object that it makes.
 */
export class LoadWatch {
  private readonly initWatched = new Set<object>();
  private readonly loadWatched = new Set<object>();
  private readonly initialized = new WeakSet<object>();

  constructor(
    private readonly orm: MikroORM,
    private readonly postInit: ModelChannel,
    private readonly postLoad: ModelChannel,
  ) {}

  /** Looks at the receivers again. An entity that has lost its last one goes on being watched, to no effect. */
  watch(): void {
    for (const meta of this.orm.getMetadata().getAll().values()) {
      if (this.postInit.hasAudience(meta.class) && !this.initWatched.has(meta.class)) this.watchInit(meta);
      if (this.postLoad.hasAudience(meta.class) && !this.loadWatched.has(meta.class)) this.watchLoad(meta);
    }
  }

  private watchInit({ class: entity }: EntityMetadata): void {
    this.initWatched.add(entity);
    this.subscribe(entity, { onInit: args => this.sendInit(args) });
  }

  private watchLoad({ class: entity }: EntityMetadata): void {
    this.loadWatched.add(entity);
    this.subscribe(entity, { onLoad: args => this.sendLoad(args) });
  }

  private subscribe(entity: EntityMetadata['class'], hooks: EventSubscriber): void {
    this.orm.em.getEventManager().registerSubscriber({ ...hooks, getSubscribedEntities: () => [entity] });
  }

  /** MikroORM calls it for a reference and, when that is loaded, again. */
  private sendInit({ entity, meta, em }: EventArgs<object>): void {
    if (this.initialized.has(entity) || !helper(entity).isInitialized()) return;
    this.initialized.add(entity);
    const payload = { instance: entity, using: em.name, schema: helper(entity).__schema };
    this.postInit.sendSync(meta.class, payload, new CallerScope(em));
  }

  private async sendLoad({ entity, meta, em }: EventArgs<object>): Promise<void> {
    const payload = { instance: entity, using: em.name, schema: helper(entity).__schema };
    await this.postLoad.send(meta.class, payload, new CallerScope(em));
  }
}
