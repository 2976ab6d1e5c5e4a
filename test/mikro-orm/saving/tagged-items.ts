import { defineEntity, p } from '@mikro-orm/postgresql';

const TagSchema = defineEntity({ name: 'Tag', properties: { id: p.integer().primary(), name: p.string() } });
export class Tag extends TagSchema.class {}
TagSchema.setClass(Tag);

const ItemSchema = defineEntity({
  name: 'Item',
  properties: {
    id: p.integer().primary(),
    name: p.string().unique(),
    quantity: p.integer().default(0),
    code: p.string().unique().nullable(),
    tags: () => p.manyToMany(Tag),
  },
});
export class Item extends ItemSchema.class {}
ItemSchema.setClass(Item);

export const entities = [ItemSchema, TagSchema];
