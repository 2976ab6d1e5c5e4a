import type { EntityManager, MikroORM } from '@mikro-orm/core';
import { defineEntity, p } from '@mikro-orm/postgresql';

const ParentSchema = defineEntity({
  name: 'Parent',
  properties: { id: p.integer().primary(), name: p.string(), children: () => p.oneToMany(Child).mappedBy('parent') },
});
class Parent extends ParentSchema.class {}
ParentSchema.setClass(Parent);

const ChildSchema = defineEntity({
  name: 'Child',
  properties: { id: p.integer().primary(), name: p.string(), parent: () => p.manyToOne(Parent) },
});
class Child extends ChildSchema.class {}
ChildSchema.setClass(Child);

const LinkSchema = defineEntity({
  name: 'Link',
  properties: { id: p.integer().primary(), name: p.string(), next: () => p.manyToOne(Link).nullable() },
});
class Link extends LinkSchema.class {}
LinkSchema.setClass(Link);

const TargetSchema = defineEntity({ name: 'Target', properties: { id: p.integer().primary(), name: p.string() } });
class Target extends TargetSchema.class {}
TargetSchema.setClass(Target);

const ArrowSchema = defineEntity({
  name: 'Arrow',
  properties: { id: p.integer().primary(), name: p.string(), target: () => p.manyToOne(Target) },
});
class Arrow extends ArrowSchema.class {}
ArrowSchema.setClass(Arrow);

export const graphs = [ParentSchema, ChildSchema, LinkSchema, TargetSchema, ArrowSchema];
export const GRAPH_CLASSES = [Parent, Child, Link, Target, Arrow];

/** The shapes of the references between new rows of one flush. */
export const SHAPES = {
  'children of one parent': (em: EntityManager, count: number) => {
    const parent = em.create(Parent, { name: 'parent' });
    for (let at = 0; at < count; at++) em.create(Child, { name: `child ${at}`, parent });
  },
  'a chain': (em: EntityManager, count: number) => {
    const links = Array.from({ length: count }, (_, at) => em.create(Link, { name: `link ${at}` }));
    for (let at = 1; at < count; at++) links[at]!.next = links[at - 1]!;
  },
  'one common target': (em: EntityManager, count: number) => {
    const target = em.create(Target, { name: 'target' });
    for (let at = 0; at < count; at++) em.create(Arrow, { name: `arrow ${at}`, target });
  },
} as const;

export type Shape = keyof typeof SHAPES;

/** The tables of all shapes, those first that refer to others. */
export const GRAPH_TABLES = ['child', 'parent', 'link', 'arrow', 'target'];

/** The nanoseconds that a flush of one shape takes; its preparation is not measured. */
export async function timeOfShape(orm: MikroORM, shape: Shape, count: number): Promise<number> {
  const em = orm.em.fork();
  SHAPES[shape](em, count);
  const start = process.hrtime.bigint();
  await em.flush();
  return Number(process.hrtime.bigint() - start);
}
