import type { SignalRegistry } from '../core/index.js';
import { ModelChannel } from './model-channel.js';
import { PostDelete, PostSave, PreDelete, PreSave } from './model-signals.js';

/** The signals that flushes send, of one application. */
export class ModelChannels {
  readonly preSave: ModelChannel;
  readonly postSave: ModelChannel;
  readonly preDelete: ModelChannel;
  readonly postDelete: ModelChannel;

  constructor(registry: SignalRegistry) {
    this.preSave = new ModelChannel(registry, PreSave);
    this.postSave = new ModelChannel(registry, PostSave);
    this.preDelete = new ModelChannel(registry, PreDelete);
    this.postDelete = new ModelChannel(registry, PostDelete);
  }

  /** Whether anybody might want to know anything of a flush. */
  get areOpen(): boolean {
    return this.preSave.isOpen || this.postSave.isOpen || this.preDelete.isOpen || this.postDelete.isOpen;
  }

  /** Whether anybody might want to be asked before the SQL. */
  get areOpenBefore(): boolean {
    return this.preSave.isOpen || this.preDelete.isOpen;
  }
}
