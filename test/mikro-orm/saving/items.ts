import { defineEntity, p } from '@mikro-orm/postgresql';

const ItemSchema = defineEntity({
  name: 'Item',
  properties: {
    id: p.integer().primary(),
    name: p.string().unique(),
    quantity: p.integer().default(0),
    price: p.bigint().nullable(),
    madeOn: p.datetime().nullable(),
    labels: p.json<{ color?: string }>().nullable(),
    tags: p.array().nullable(),
    parent: () => p.manyToOne(Item).nullable(),
  },
});
export class Item extends ItemSchema.class {}
ItemSchema.setClass(Item);

const NoteSchema = defineEntity({ name: 'Note', properties: { id: p.integer().primary(), text: p.string() } });
export class Note extends NoteSchema.class {}
NoteSchema.setClass(Note);

export const entities = [ItemSchema, NoteSchema];
