// #region row-changes
import { Injectable } from '@nestjs/common';
import { durable, OnSignal, type PayloadOf } from 'nestjs-signals';
import { RowChanged } from 'nestjs-signals/rows';
import { Product } from './product.js';

@Injectable()
export class SearchIndex {
  private readonly names = new Map<unknown, string>();

  @OnSignal(RowChanged, {
    sender: Product,
    fields: ['name'],
    uid: 'search.index',
    delivery: durable({ key: ({ key }: PayloadOf<RowChanged>) => String(key), transaction: false }),
  })
  update({ operation, key, new: row, by }: PayloadOf<RowChanged, Product>): void {
    if (row?.name === undefined) this.names.delete(key);
    else this.names.set(key, row.name);
    console.log(
      `${operation} by ${by ? 'the shop' : 'somebody else'}, now: ${[...this.names.values()].join(', ') || 'nothing'}`,
    );
  }

  find(word: string): unknown[] {
    return [...this.names].filter(([, name]) => name.includes(word)).map(([key]) => key);
  }
}
// #endregion
