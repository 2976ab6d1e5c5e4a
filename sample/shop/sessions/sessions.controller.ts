import { Controller, Get, HttpCode, Post, Req, UseGuards } from '@nestjs/common';
import { Customer } from '../customers/customer.entity.js';
import { CurrentCustomer } from './current-customer.js';
import { endSession } from './end-session.js';
import { LoggedInGuard } from './logged-in.guard.js';
import { LoginGuard } from './login.guard.js';
import { LoginHistory } from './login-history.js';
import type { ShopRequest } from './shop-request.js';

@Controller()
export class SessionsController {
  constructor(private readonly history: LoginHistory) {}

  @UseGuards(LoginGuard)
  @Post('login')
  @HttpCode(200)
  logIn(@CurrentCustomer() customer: Customer): Customer {
    return customer;
  }

  @UseGuards(LoggedInGuard)
  @Post('logout')
  @HttpCode(204)
  logOut(@Req() request: ShopRequest): Promise<void> {
    return endSession(request);
  }

  @UseGuards(LoggedInGuard)
  @Get('logins')
  async listLogins(@CurrentCustomer() customer: Customer): Promise<object[]> {
    const records = await this.history.of(customer);
    return records.map(({ at, outcome, ip }) => ({ at, outcome, ip }));
  }
}
