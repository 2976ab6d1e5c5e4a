import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Customer } from '../customers/customer.entity.js';
import type { ShopRequest } from './shop-request.js';

/** The customer who is logged in, on a route with `LoggedInGuard`. */
export const CurrentCustomer = createParamDecorator(
  (_data: unknown, context: ExecutionContext): Customer | undefined =>
    context.switchToHttp().getRequest<ShopRequest>().user,
);
