import { defineEntity, p } from '@mikro-orm/postgresql';
import { Customer } from '../customers/customer.entity.js';

const LoginRecordSchema = defineEntity({
  name: 'LoginRecord',
  properties: {
    id: p.integer().primary(),
    customer: () => p.manyToOne(Customer).deleteRule('cascade'),
    at: p.datetime().onCreate(() => new Date()),
    outcome: p.enum(['logged in', 'logged out', 'failed', 'locked out']),
    ip: p.string().nullable(),
  },
});

/** One line of the login history of a customer. */
export class LoginRecord extends LoginRecordSchema.class {}
LoginRecordSchema.setClass(LoginRecord);
