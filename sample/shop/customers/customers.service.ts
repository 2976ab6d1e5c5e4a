import { EntityManager, UniqueConstraintViolationException } from '@mikro-orm/postgresql';
import { ConflictException, Injectable } from '@nestjs/common';
import { Customer } from './customer.entity.js';
import { emailAddress, normalForm } from './email-addresses.js';
import { hashPassword, isPasswordOf } from './password.js';
import type { SignUp } from './sign-up.js';

@Injectable()
export class CustomersService {
  constructor(private readonly em: EntityManager) {}

  /** @throws ConflictException when there is a customer with this address. */
  async signUp({ name, email, password }: SignUp): Promise<Customer> {
    const customer = this.em.create(Customer, { name, email, passwordHash: await hashPassword(password) });
    try {
      await this.em.flush();
    } catch (error) {
      if (!(error instanceof UniqueConstraintViolationException)) throw error;
      throw new ConflictException(`There is a customer with the address ${customer.email} already.`);
    }
    return customer;
  }

  /** @param email - as it was typed. */
  async findByEmail(email: unknown): Promise<Customer | null> {
    const { data } = emailAddress.safeParse(email);
    return data === undefined ? null : this.em.findOne(Customer, { email: normalForm(data) });
  }

  /** Null also if there is no such customer. */
  async findByPassword(email: string, password: string): Promise<Customer | null> {
    const customer = await this.findByEmail(email);
    return (await isPasswordOf(customer?.passwordHash, password)) ? customer : null;
  }

  async remove(customer: Customer): Promise<void> {
    await this.em.remove(customer).flush();
  }
}
