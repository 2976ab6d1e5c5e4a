import { callbackify } from 'node:util';
import { EntityManager } from '@mikro-orm/postgresql';
import { Injectable } from '@nestjs/common';
import { PassportSerializer } from '@nestjs/passport';
import { Customer } from '../customers/customer.entity.js';

/** A session holds the id of its customer; a customer who has left the shop is logged out everywhere. */
@Injectable()
export class SessionSerializer extends PassportSerializer {
  constructor(private readonly em: EntityManager) {
    super();
  }

  override serializeUser({ id }: Customer, done: (error: unknown, id: number) => void): void {
    done(null, id);
  }

  override deserializeUser(id: number, done: (error: unknown, customer?: Customer | false) => void): void {
    const answer = async () => (await this.em.findOne(Customer, id)) ?? false;
    callbackify(answer)(done);
  }
}
