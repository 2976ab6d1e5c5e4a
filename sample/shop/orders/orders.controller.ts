import { Body, Controller, Get, HttpCode, Param, Post, UseGuards } from '@nestjs/common';
import { Audit } from '../audit/audit.js';
import { Customer } from '../customers/customer.entity.js';
import { CurrentCustomer } from '../sessions/current-customer.js';
import { LoggedInGuard } from '../sessions/logged-in.guard.js';
import { Order } from './order.entity.js';
import { OrdersService } from './orders.service.js';
import { orderId, orderForm, type OrderForm } from './order-form.js';

function shown({ id, status, totalCents, placedAt }: Order): object {
  return { id, status, totalCents, placedAt };
}

@UseGuards(LoggedInGuard)
@Controller('orders')
export class OrdersController {
  constructor(
    private readonly orders: OrdersService,
    private readonly audit: Audit,
  ) {}

  @Post()
  async place(@CurrentCustomer() customer: Customer, @Body({ schema: orderForm }) body: OrderForm): Promise<object> {
    return shown(await this.orders.place(customer, body));
  }

  @Get()
  async list(@CurrentCustomer() customer: Customer): Promise<object[]> {
    return (await this.orders.list(customer)).map(shown);
  }

  @Post(':id/cancel')
  @HttpCode(200)
  async cancel(@CurrentCustomer() customer: Customer, @Param('id', { schema: orderId }) id: number): Promise<object> {
    return shown(await this.orders.cancel(customer, id));
  }

  @Get(':id/audit')
  async showAudit(
    @CurrentCustomer() customer: Customer,
    @Param('id', { schema: orderId }) id: number,
  ): Promise<object[]> {
    return this.audit.of(await this.orders.find(customer, id));
  }
}
