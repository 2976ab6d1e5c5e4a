import { defineEntity, p } from '@mikro-orm/core';

const ProductSchema = defineEntity({
  name: 'Product',
  properties: {
    id: p.integer().primary(),
    name: p.string(),
    reviewCount: p.integer().default(0),
    purchasePrice: p.integer().default(0).hidden(),
  },
});
export class Product extends ProductSchema.class {}
ProductSchema.setClass(Product);

const ReviewSchema = defineEntity({
  name: 'Review',
  properties: { id: p.integer().primary(), text: p.string(), product: () => p.manyToOne(Product) },
});
export class Review extends ReviewSchema.class {}
ReviewSchema.setClass(Review);

const AttachmentSchema = defineEntity({
  name: 'Attachment',
  properties: { id: p.integer().primary(), path: p.string() },
});
export class Attachment extends AttachmentSchema.class {}
AttachmentSchema.setClass(Attachment);

const CustomerSchema = defineEntity({
  name: 'Customer',
  properties: { id: p.integer().primary(), email: p.string(), deletedAt: p.datetime().nullable() },
  filters: { active: { name: 'active', cond: { deletedAt: null }, default: true } },
});
export class Customer extends CustomerSchema.class {}
CustomerSchema.setClass(Customer);

// #region audit-entry
const AuditEntrySchema = defineEntity({
  name: 'AuditEntry',
  properties: {
    id: p.integer().primary(),
    actor: p.string(),
    action: p.string(),
    entity: p.string(),
    key: p.string(),
    changes: p.json(),
  },
});
export class AuditEntry extends AuditEntrySchema.class {}
AuditEntrySchema.setClass(AuditEntry);
// #endregion
