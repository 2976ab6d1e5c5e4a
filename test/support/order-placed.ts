import { Signal } from 'nestjs-signals';

/** A signal of an application's own. */
export class OrderPlaced extends Signal<{ orderId: string }> {}
