import { promisify } from 'node:util';
import type { ShopRequest } from './shop-request.js';

/** Logs out. */
export function endSession(request: ShopRequest): Promise<void> {
  return promisify(request.logOut.bind(request))();
}
