import { defineEntity, p } from '@mikro-orm/core';
import { Signal } from 'nestjs-signals';

export class OrderPlaced extends Signal<{ orderId: string; total: number }> {}
export class OrderCancelled extends Signal<{ orderId: string; reason: string }> {}
export class Ping extends Signal {}
export abstract class OrderSignal<P extends { orderId: string } = { orderId: string }> extends Signal<P> {}
export class OrderShipped extends OrderSignal<{ orderId: string; carrier: string }> {}
export class Users {
  readonly name = 'users';
}
export class UserInvited extends Signal<{ email: string }, Users> {}

export const UserSchema = defineEntity({ name: 'User', properties: { id: p.integer().primary(), email: p.string() } });
export class User extends UserSchema.class {}
export class Order {
  id!: number;
  status!: string;
}
