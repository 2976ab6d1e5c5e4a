import { type CanActivate, type ExecutionContext, Injectable, UnauthorizedException } from '@nestjs/common';
import type { ShopRequest } from './shop-request.js';

@Injectable()
export class LoggedInGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    if (context.switchToHttp().getRequest<ShopRequest>().user) return true;
    throw new UnauthorizedException('Log in first.');
  }
}
