import { EntityManager } from '@mikro-orm/postgresql';
import { Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import { ExtractJwt, Strategy } from 'passport-jwt';
import { Customer } from '../customers/customer.entity.js';
import { tokenSecret } from './token-secret.js';

/** Identifies the customer who shows a token. This is no login, so no signal is sent. */
@Injectable()
export class JwtStrategy extends PassportStrategy(Strategy) {
  constructor(private readonly em: EntityManager) {
    super({ jwtFromRequest: ExtractJwt.fromAuthHeaderAsBearerToken(), secretOrKey: tokenSecret });
  }

  async validate({ sub }: { sub: string }): Promise<Customer | null> {
    return this.em.findOne(Customer, Number(sub));
  }
}
