import { EntityManager } from '@mikro-orm/postgresql';
import { Injectable } from '@nestjs/common';
import { type Change, type Message, OnSignal, type PayloadOf, PostSave } from 'nestjs-signals';
import { note } from '../journal.js';
import { Order } from '../orders/order.entity.js';
import type { ShopContext } from '../shop-context.js';
import { AuditEntry } from './audit-entry.entity.js';

/** The audit trail. An entry is in the transaction of its change: a change that was rolled back has none. */
@Injectable()
export class Audit {
  constructor(private readonly em: EntityManager) {}

  @OnSignal(PostSave, { sender: Order })
  record({ instance, changes }: PayloadOf<PostSave, Order>, message: Message): void {
    const shown = Object.entries<Change>(changes).filter(([, { hidden }]) => !hidden);
    const { actor = 'the shop' } = message.context as ShopContext;
    // Flushed when the receiver returns, by its own EntityManager.
    this.em.create(AuditEntry, {
      actor,
      entity: 'Order',
      key: String(instance.id),
      changes: Object.fromEntries(shown),
    });
    note(message, `Order #${instance.id}`, `writes down "${textOf(changes.status)}", by ${actor}`);
  }

  /** The oldest first. */
  of({ id }: Order): Promise<AuditEntry[]> {
    return this.em.find(AuditEntry, { entity: 'Order', key: String(id) }, { orderBy: { id: 'asc' } });
  }
}

function textOf(status: Change<string> | undefined): string {
  if (!status) return 'status unchanged';
  return status.from === undefined ? `status ${status.to}` : `status ${status.from} -> ${status.to}`;
}
