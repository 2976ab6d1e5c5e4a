import { defineEntity, p } from '@mikro-orm/postgresql';

const CustomerSchema = defineEntity({
  name: 'Customer',
  properties: {
    id: p.integer().primary(),
    name: p.string(),
    email: p.string().unique(),
    passwordHash: p.string().hidden(),
    /** In a row, since the last login. */
    failedLogins: p.integer().default(0).hidden(),
    lockedUntil: p.datetime().nullable().hidden(),
  },
});

export class Customer extends CustomerSchema.class {}
CustomerSchema.setClass(Customer);
