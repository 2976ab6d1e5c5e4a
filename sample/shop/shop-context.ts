import type { ShopRequest } from './sessions/shop-request.js';

// #region context
/** The context of every message of the shop: the customer whose request sends it. Absent outside of requests. */
export type ShopContext = { actor?: string };

export function contextOf({ user }: ShopRequest): ShopContext {
  return { actor: user ? `customer #${user.id}` : 'a visitor' };
}
// #endregion
