import { Body, Controller, Get, Post, UseGuards } from '@nestjs/common';
import { JwtService } from '@nestjs/jwt';
import { AuthGuard } from '@nestjs/passport';
import type { Customer } from '../customers/customer.entity.js';
import { OrdersService } from '../orders/orders.service.js';
import { orderForm, type OrderForm } from '../orders/order-form.js';
import { CurrentCustomer } from '../sessions/current-customer.js';

/** The API for programs, which have no cookies. */
@Controller('api')
export class ApiController {
  constructor(
    private readonly tokens: JwtService,
    private readonly orders: OrdersService,
  ) {}

  /** A login without a session: reported when this route has succeeded. */
  @UseGuards(AuthGuard('local'))
  @Post('tokens')
  async logIn(@CurrentCustomer() { id }: Customer): Promise<object> {
    return { token: await this.tokens.signAsync({}, { subject: String(id) }) };
  }

  @UseGuards(AuthGuard('jwt'))
  @Post('orders')
  async place(@CurrentCustomer() customer: Customer, @Body({ schema: orderForm }) body: OrderForm): Promise<object> {
    const { id, totalCents } = await this.orders.place(customer, body);
    return { id, totalCents };
  }

  @UseGuards(AuthGuard('jwt'))
  @Get('orders')
  async list(@CurrentCustomer() customer: Customer): Promise<object[]> {
    return (await this.orders.list(customer)).map(({ id, status, totalCents }) => ({ id, status, totalCents }));
  }
}
