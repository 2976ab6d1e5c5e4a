import { defineEntity, p } from '@mikro-orm/postgresql';
import { rowSignals } from 'nestjs-signals/rows';

const triggers = () => rowSignals();

export class Shelf {
  id!: number;
  name!: string;
}
const ShelfSchema = defineEntity({
  class: Shelf,
  properties: { id: p.integer().primary(), name: p.string() },
  triggers: triggers(),
});

export class Item {
  id!: number;
  shelf!: Shelf;
  name!: string;
  amount!: string;
}
const ItemSchema = defineEntity({
  class: Item,
  properties: {
    id: p.integer().primary(),
    shelf: () => p.manyToOne(Shelf).deleteRule('cascade').updateRule('cascade'),
    name: p.string(),
    amount: p.decimal().precision(30).scale(3).$type<string>(),
  },
  triggers: triggers(),
});

export class Label {
  id!: number;
  item?: Item | null;
}
const LabelSchema = defineEntity({
  class: Label,
  properties: {
    id: p.integer().primary(),
    item: () => p.manyToOne(Item).nullable().deleteRule('set null').updateRule('cascade'),
  },
  triggers: triggers(),
});

export const RANDOM = [ShelfSchema, ItemSchema, LabelSchema];

/** The rows of all tables as changes have them, by table and key. */
export const SNAPSHOT = `
  select 'Shelf ' || id as key, json_build_object('id', id, 'name', name) as row from shelf union all
  select 'Item ' || id, json_build_object('id', id, 'shelf', shelf_id, 'name', name, 'amount', amount::text) from item union all
  select 'Label ' || id, json_build_object('id', id, 'item', item_id) from label`;
