import type { SignalRegistry } from '../core/index.js';
import { M2mChanged } from './collections/m2m-changed.js';
import type { Relations } from './collections/relations.js';
import { ModelChannel } from './model-channel.js';
import { PostDelete, PostSave, PreDelete, PreSave } from './model-signals.js';

/** The signals that flushes send, of one application. */
export class ModelChannels {
  readonly preSave: ModelChannel;
  readonly postSave: ModelChannel;
  readonly preDelete: ModelChannel;
  readonly postDelete: ModelChannel;
  readonly m2mChanged: ModelChannel;

  constructor(
    registry: SignalRegistry,
    readonly relations: Relations,
  ) {
    this.preSave = new ModelChannel(registry, PreSave);
    this.postSave = new ModelChannel(registry, PostSave);
    this.preDelete = new ModelChannel(registry, PreDelete);
    this.postDelete = new ModelChannel(registry, PostDelete);
    this.m2mChanged = new ModelChannel(registry, M2mChanged);
  }

  /** Whether anybody might want to know anything of a flush. */
  get areOpen(): boolean {
    const { preSave, postSave, preDelete, postDelete, m2mChanged } = this;
    return preSave.isOpen || postSave.isOpen || preDelete.isOpen || postDelete.isOpen || m2mChanged.isOpen;
  }
}
