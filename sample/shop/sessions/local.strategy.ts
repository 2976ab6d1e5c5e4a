import { Injectable, UnauthorizedException } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import { Strategy } from 'passport-local';
import type { Customer } from '../customers/customer.entity.js';
import { CustomersService } from '../customers/customers.service.js';
import { signUp } from '../customers/sign-up.js';

/** Credentials that could never have signed up need no query. */
const credentials = signUp.pick({ email: true, password: true });

@Injectable()
export class LocalStrategy extends PassportStrategy(Strategy) {
  constructor(private readonly customers: CustomersService) {
    super({ usernameField: 'email' });
  }

  async validate(email: unknown, password: unknown): Promise<Customer> {
    const { data } = credentials.safeParse({ email, password });
    const customer = data && (await this.customers.findByPassword(data.email, data.password));
    if (!customer) throw new UnauthorizedException('Wrong e-mail address or password.');
    return customer;
  }
}
