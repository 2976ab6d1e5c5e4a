import { Body, Controller, Delete, Get, HttpCode, Post, Req, UseGuards } from '@nestjs/common';
import { CurrentCustomer } from '../sessions/current-customer.js';
import { endSession } from '../sessions/end-session.js';
import { LoggedInGuard } from '../sessions/logged-in.guard.js';
import type { ShopRequest } from '../sessions/shop-request.js';
import { Customer } from './customer.entity.js';
import { CustomersService } from './customers.service.js';
import { signUp, type SignUp } from './sign-up.js';

@Controller('customers')
export class CustomersController {
  constructor(private readonly customers: CustomersService) {}

  @Post()
  signUp(@Body({ schema: signUp }) body: SignUp): Promise<Customer> {
    return this.customers.signUp(body);
  }

  @UseGuards(LoggedInGuard)
  @Get('me')
  show(@CurrentCustomer() customer: Customer): Customer {
    return customer;
  }

  @UseGuards(LoggedInGuard)
  @Delete('me')
  @HttpCode(204)
  async leave(@CurrentCustomer() customer: Customer, @Req() request: ShopRequest): Promise<void> {
    await endSession(request);
    await this.customers.remove(customer);
  }
}
