import { defineEntity, p, Type } from '@mikro-orm/postgresql';
import { rowSignals } from 'nestjs-signals/rows';

class Money {
  constructor(readonly cents: number) {}
}

class MoneyType extends Type<Money, string> {
  override convertToDatabaseValue(value: Money) {
    return `cents:${value.cents}`;
  }

  override convertToJSValue(value: string) {
    return value === null ? value : ({ cents: Number(value.slice(6)) } as Money);
  }

  override getColumnType() {
    return 'text';
  }
}

const Address = defineEntity({
  name: 'Address',
  embeddable: true,
  properties: { city: p.string(), code: p.string().hidden().nullable() },
} as never);

const Size = defineEntity({ name: 'Size', embeddable: true, properties: { width: p.integer() } } as never);

/** One of each kind of value. */
export const EverythingSchema = defineEntity({
  name: 'Everything',
  properties: {
    id: p.bigint().primary(),
    exact: p.decimal().precision(40).scale(10).nullable(),
    huge: p.bigint('bigint').nullable(),
    float: p.double().nullable(),
    flag: p.boolean().nullable(),
    at: p.datetime().nullable(),
    day: p.date().nullable(),
    hour: p.time().nullable(),
    data: p.json().nullable(),
    bytes: p.blob().nullable(),
    names: p.array().nullable(),
    kind: p.enum(['a', 'b']).nullable(),
    uuid: p.uuid().nullable(),
    money: p.type(MoneyType).nullable(),
    address: () => p.embedded(Address).nullable(),
    size: () => p.embedded(Size).object().nullable(),
    sizes: () => p.embedded(Size).array().nullable(),
    parent: () => p.manyToOne(EverythingSchema as never).nullable(),
  } as never,
  triggers: rowSignals(),
} as never);

export const MAPPED = [EverythingSchema, Address, Size];
