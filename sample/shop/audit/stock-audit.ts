import { EntityManager } from '@mikro-orm/postgresql';
import { Injectable } from '@nestjs/common';
import { durable, OnSignal, type PayloadOf } from 'nestjs-signals';
import { RowChanged } from 'nestjs-signals/rows';
import { Product } from '../products/product.entity.js';
import type { ShopContext } from '../shop-context.js';
import { AuditEntry } from './audit-entry.entity.js';

/** The audit trail of the stock, which no flush writes: bulk writes change it, and so does somebody with `psql`. */
@Injectable()
export class StockAudit {
  constructor(private readonly em: EntityManager) {}

  @OnSignal(RowChanged, {
    sender: Product,
    fields: ['stock'],
    uid: 'audit.stock',
    delivery: durable({ key: ({ key }: PayloadOf<RowChanged>) => String(key) }),
  })
  record({ key, old, new: row, by, changedAt: at }: PayloadOf<RowChanged, Product>): void {
    const { actor = 'unknown' } = (by ?? {}) as ShopContext;
    const stock = { ...(old && { from: old.stock }), to: row?.stock ?? null };
    // In the transaction that completes the message: each change has one entry.
    this.em.create(AuditEntry, {
      at,
      actor,
      entity: 'Product',
      key: String(key),
      changes: { stock },
    });
  }

  /** The newest first. */
  of(productId: number): Promise<AuditEntry[]> {
    return this.em.find(AuditEntry, { entity: 'Product', key: String(productId) }, { orderBy: { id: 'desc' } });
  }
}
