import { Collection, defineEntity, p } from '@mikro-orm/postgresql';
import { rowSignals } from 'nestjs-signals/rows';

export class Tag {
  id!: number;
  name!: string;
  readonly orders = new Collection<Order>(this);
}
export const TagSchema = defineEntity({
  class: Tag,
  properties: {
    id: p.integer().primary(),
    name: p.string(),
    orders: () => p.manyToMany(Order).mappedBy('tags'),
  },
});

export class Order {
  id!: number;
  status!: string;
  total!: string;
  note?: string | null;
  readonly tags = new Collection<Tag>(this);
}
export const OrderSchema = defineEntity({
  class: Order,
  properties: {
    id: p.integer().primary(),
    status: p.string(),
    total: p.decimal().precision(30).scale(2).$type<string>(),
    note: p.string().nullable(),
    password: p.string().nullable().hidden(),
    tags: () => p.manyToMany(Tag).owner(),
  },
  triggers: rowSignals({ omit: ['note'] }),
});
