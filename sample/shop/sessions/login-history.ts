import { EntityManager } from '@mikro-orm/postgresql';
import { Injectable } from '@nestjs/common';
import { type Message, OnSignal, type PayloadOf, UserLoggedIn, UserLoggedOut, UserLoginFailed } from 'nestjs-signals';
import { Customer } from '../customers/customer.entity.js';
import { CustomersService } from '../customers/customers.service.js';
import { note } from '../journal.js';
import { LoginRecord } from './login-record.entity.js';
import type { ShopRequest } from './shop-request.js';

/** Writes down all logins of every customer, and all failed ones. */
@Injectable()
export class LoginHistory {
  constructor(
    private readonly em: EntityManager,
    private readonly customers: CustomersService,
  ) {}

  @OnSignal(UserLoggedIn, { sender: Customer })
  async loggedIn({ user, request }: PayloadOf<UserLoggedIn, Customer>, message: Message): Promise<void> {
    await this.write(user, 'logged in', request, message);
  }

  @OnSignal(UserLoggedOut, { sender: Customer })
  async loggedOut({ user, request }: PayloadOf<UserLoggedOut, Customer>, message: Message): Promise<void> {
    await this.write(user, 'logged out', request, message);
  }

  @OnSignal(UserLoginFailed)
  async failed({ credentials, request }: PayloadOf<UserLoginFailed>, message: Message): Promise<void> {
    const customer = await this.customers.findByEmail(credentials.email);
    if (customer) await this.write(customer, 'failed', request, message);
  }

  async write(
    customer: Customer,
    outcome: LoginRecord['outcome'],
    { ip }: ShopRequest,
    message: Message,
  ): Promise<void> {
    this.em.create(LoginRecord, { customer, outcome, ip });
    await this.em.flush();
    note(message, `Customer #${customer.id}`, `writes down "${outcome}"`);
  }

  /** The newest first. */
  of(customer: Customer): Promise<LoginRecord[]> {
    return this.em.find(LoginRecord, { customer }, { orderBy: { id: 'desc' }, limit: 100 });
  }
}
