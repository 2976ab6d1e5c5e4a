export enum OrderNames {
  Placed = 'order.placed',
  Cancelled = 'order.cancelled',
}

export const STOCK = { low: 'stock.low', asked: 'stock.asked' } as const;
