import { Signal } from 'nestjs-signals';

/** A customer has placed an order, and it is stored. */
export class OrderPlaced extends Signal<{ orderId: number; totalCents: number }> {}
