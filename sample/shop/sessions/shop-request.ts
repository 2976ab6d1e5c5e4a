import type { Request } from 'express';
import type { Customer } from '../customers/customer.entity.js';

/** A request, with the customer who is logged in. */
export interface ShopRequest extends Request {
  user?: Customer;
}
