import type { EntityMetadata } from '@mikro-orm/core';
import type { SignalRegistry } from '../core/index.js';
import type { RowPlace } from '../durable/index.js';
import type { RoomLink } from '../nest/index.js';
import { checkTriggers } from './drift.js';
import { Relay } from './relay.js';
import { RowChanged } from './row-changed.js';
import { RowSource } from './row-source.js';
import { rowTriggersOf } from './row-triggers.js';
import { WrittenBy } from './written-by.js';

/** Row changes in one application. */
export class RowsLink implements RoomLink {
  /** Where this process works. */
  private relay: Relay | undefined;

  constructor(
    private readonly registry: SignalRegistry,
    /** The database of the engine, once it is linked. */
    private readonly place: () => RowPlace | undefined,
  ) {
    registry.sources.add(new RowSource(registry, () => registry.unitsOfWork && this.metas()));
  }

  async init(): Promise<void> {
    const place = this.place();
    const { unitsOfWork } = this.registry;
    if (!place || !unitsOfWork) return;
    const { root } = place;
    root.getEventManager().registerSubscriber(new WrittenBy(this.registry));
    if ([...this.registry.channel(RowChanged).records].length > 0) await checkTriggers(root);
    const relay = new Relay(this.registry, unitsOfWork, place);
    place.count(() => relay.counts());
    if (!place.isWorking) return;
    this.relay = relay;
    await relay.listen();
  }

  bootstrap(): void {
    this.relay?.start(this.metas().every(meta => rowTriggersOf(meta).every(({ jobs }) => jobs.notify)));
  }

  private metas(): readonly EntityMetadata[] {
    return [...(this.place()?.root.getMetadata().getAll().values() ?? [])] as EntityMetadata[];
  }

  async stop(remainingMs: number): Promise<void> {
    await this.relay?.stop(remainingMs);
  }
}
