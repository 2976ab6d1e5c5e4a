import type { EntityMetadata } from '@mikro-orm/core';
import type { ModelChannels } from '../model-channels.js';

/** Which signals about an entity class somebody hears. */
export interface Hearing {
  readonly preSave: boolean;
  readonly postSave: boolean;
  readonly preDelete: boolean;
  readonly postDelete: boolean;
}

/** Who hears what at one moment of a flush, asked once for each class: the rows of one come together. */
export class Audience {
  private readonly known = new Map<EntityMetadata, Hearing>();
  private last: EntityMetadata | undefined;
  private lastHearing!: Hearing;

  constructor(private readonly channels: ModelChannels) {}

  of(meta: EntityMetadata): Hearing {
    if (meta === this.last) return this.lastHearing;
    let hearing = this.known.get(meta);
    if (!hearing) this.known.set(meta, (hearing = this.ask(meta.class)));
    this.last = meta;
    return (this.lastHearing = hearing);
  }

  private ask(sender: object): Hearing {
    const { preSave, postSave, preDelete, postDelete } = this.channels;
    return {
      preSave: preSave.hears(sender),
      postSave: postSave.hears(sender),
      preDelete: preDelete.hears(sender),
      postDelete: postDelete.hears(sender),
    };
  }
}
