import type { EntityMetadata } from '@mikro-orm/core';
import type { ModelChannels } from '../signals.js';

/** The signals about an entity class that have receivers. */
export interface Audience {
  readonly preSave: boolean;
  readonly postSave: boolean;
  readonly preDelete: boolean;
  readonly postDelete: boolean;
}

/** The audiences at one moment of a flush, found once for each class: the rows of one come together. */
export class Audiences {
  private readonly known = new Map<EntityMetadata, Audience>();
  private last: EntityMetadata | undefined;
  private lastAudience: Audience | undefined;

  constructor(private readonly channels: ModelChannels) {}

  of(meta: EntityMetadata): Audience {
    if (meta === this.last && this.lastAudience) return this.lastAudience;
    let audience = this.known.get(meta);
    if (!audience) this.known.set(meta, (audience = this.find(meta.class)));
    this.last = meta;
    return (this.lastAudience = audience);
  }

  private find(sender: object): Audience {
    const { preSave, postSave, preDelete, postDelete } = this.channels;
    return {
      preSave: preSave.hasAudience(sender),
      postSave: postSave.hasAudience(sender),
      preDelete: preDelete.hasAudience(sender),
      postDelete: postDelete.hasAudience(sender),
    };
  }
}
