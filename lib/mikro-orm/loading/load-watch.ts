import type { EntityMetadata, EventArgs, EventSubscriber, MikroORM } from '@mikro-orm/core';
import type { ModelChannel } from '../model-channel.js';
import { CallerScope } from '../receiver/receiver-scopes.js';
import { helper } from '../peer.js';

/**
 * Tells what one MikroORM makes and loads. Listens for entities that somebody asks for and no others, because
 * MikroORM has to look at each object that it makes otherwise.
 */
export class LoadWatch {
  private readonly initWatched = new Set<object>();
  private readonly loadWatched = new Set<object>();
  private readonly told = new WeakSet<object>();

  constructor(
    private readonly orm: MikroORM,
    private readonly postInit: ModelChannel,
    private readonly postLoad: ModelChannel,
  ) {}

  /** Looks at the receivers again. What nobody hears any more goes on being watched, to no effect. */
  watch(): void {
    for (const meta of this.orm.getMetadata().getAll().values()) {
      if (this.postInit.hears(meta.class) && !this.initWatched.has(meta.class)) this.watchInit(meta);
      if (this.postLoad.hears(meta.class) && !this.loadWatched.has(meta.class)) this.watchLoad(meta);
    }
  }

  private watchInit({ class: entity }: EntityMetadata): void {
    this.initWatched.add(entity);
    this.subscribe(entity, { onInit: args => this.tellInit(args) });
  }

  private watchLoad({ class: entity }: EntityMetadata): void {
    this.loadWatched.add(entity);
    this.subscribe(entity, { onLoad: args => this.tellLoad(args) });
  }

  private subscribe(entity: EntityMetadata['class'], hooks: EventSubscriber): void {
    this.orm.em.getEventManager().registerSubscriber({ ...hooks, getSubscribedEntities: () => [entity] });
  }

  /** MikroORM tells of a reference and, when it is loaded, again. */
  private tellInit({ entity, meta, em }: EventArgs<object>): void {
    if (this.told.has(entity) || !helper(entity).isInitialized()) return;
    this.told.add(entity);
    const payload = { instance: entity, using: em.name, schema: helper(entity).__schema };
    this.postInit.tellSync(meta.class, payload, new CallerScope(em));
  }

  private async tellLoad({ entity, meta, em }: EventArgs<object>): Promise<void> {
    const payload = { instance: entity, using: em.name, schema: helper(entity).__schema };
    await this.postLoad.tell(meta.class, payload, new CallerScope(em));
  }
}
