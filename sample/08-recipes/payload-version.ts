// #region version
import { Signal } from 'nestjs-signals';

export class ProductShipped extends Signal<{ productId: number; parcels: number }> {
  static readonly version = 2;

  /** Version 1 was `{ id }`, and everything fitted into one parcel. */
  static upgrade(payload: { id: number }, from: number): object {
    return from < 2 ? { productId: payload.id, parcels: 1 } : payload;
  }
}
// #endregion
