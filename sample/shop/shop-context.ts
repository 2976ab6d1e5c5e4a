import type { ShopRequest } from './sessions/shop-request.js';

/** What every message of the shop carries: who did it. Not there outside of requests. */
export type ShopContext = { actor?: string };

export function contextOf({ user }: ShopRequest): ShopContext {
  return { actor: user ? `customer #${user.id}` : 'a visitor' };
}
