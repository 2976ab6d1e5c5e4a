import { defineEntity, p } from '@mikro-orm/core';

/** Entity classes of one world: MikroORM keeps things on prototypes, so no two worlds share a class. */
export function makeClasses() {
  /** A key of the database, and no relation. */
  const LeafSchema = defineEntity({ name: 'Leaf', properties: { id: p.integer().primary(), label: p.string() } });
  class Leaf extends LeafSchema.class {}
  LeafSchema.setClass(Leaf);

  /** Refers to its own class, with and without an inverse side. */
  const NodeSchema = defineEntity({
    name: 'Node',
    properties: {
      id: p.integer().primary(),
      label: p.string(),
      text: p.string().nullable(),
      next: () => p.manyToOne(Node).nullable(),
      parent: () => p.manyToOne(Node).nullable().inversedBy('children'),
      children: () => p.oneToMany(Node).mappedBy('parent'),
      leaf: () => p.manyToOne(Leaf).nullable(),
      tags: () => p.manyToMany(Tag).owner().inversedBy('nodes'),
    },
  });
  class Node extends NodeSchema.class {}
  NodeSchema.setClass(Node);

  const TagSchema = defineEntity({
    name: 'Tag',
    properties: { id: p.integer().primary(), label: p.string(), nodes: () => p.manyToMany(Node).mappedBy('tags') },
  });
  class Tag extends TagSchema.class {}
  TagSchema.setClass(Tag);

  /** A key of the client, references that are required, wrapped and not cascaded. */
  const KeyedSchema = defineEntity({
    name: 'Keyed',
    properties: {
      id: p.string().primary(),
      label: p.string(),
      text: p.string().nullable(),
      leaf: () => p.manyToOne(Leaf).ref(),
      node: () => p.manyToOne(Node).nullable().cascade(),
      up: () => p.manyToOne(Keyed).ref().nullable(),
    },
  });
  class Keyed extends KeyedSchema.class {}
  KeyedSchema.setClass(Keyed);

  /** Each has one of the other. */
  const LeftSchema = defineEntity({
    name: 'Left',
    properties: {
      id: p.integer().primary(),
      label: p.string(),
      right: () => p.oneToOne(Right).owner().inversedBy('left').nullable(),
    },
  });
  class Left extends LeftSchema.class {}
  LeftSchema.setClass(Left);

  const RightSchema = defineEntity({
    name: 'Right',
    properties: {
      id: p.integer().primary(),
      label: p.string(),
      left: () => p.oneToOne(Left).mappedBy('right').nullable(),
      keyed: () => p.oneToOne(Keyed).owner().nullable(),
    },
  });
  class Right extends RightSchema.class {}
  RightSchema.setClass(Right);

  /** The schema of a box. A thing or a lid that is taken out of a box is deleted. */
  const BoxSchema = defineEntity({
    name: 'Box',
    properties: {
      id: p.integer().primary(),
      label: p.string(),
      things: () => p.oneToMany(Thing).mappedBy('box').orphanRemoval(),
      lid: () => p.oneToOne(Lid).owner().inversedBy('box').orphanRemoval().nullable(),
    },
  });
  class Box extends BoxSchema.class {}
  BoxSchema.setClass(Box);

  const ThingSchema = defineEntity({
    name: 'Thing',
    properties: {
      id: p.integer().primary(),
      label: p.string(),
      box: () => p.manyToOne(Box),
      node: () => p.manyToOne(Node).nullable(),
    },
  });
  class Thing extends ThingSchema.class {}
  ThingSchema.setClass(Thing);

  const LidSchema = defineEntity({
    name: 'Lid',
    properties: { id: p.integer().primary(), label: p.string(), box: () => p.oneToOne(Box).mappedBy('lid').nullable() },
  });
  class Lid extends LidSchema.class {}
  LidSchema.setClass(Lid);

  return {
    schemas: [
      ...[LeafSchema, NodeSchema, TagSchema, KeyedSchema],
      ...[LeftSchema, RightSchema, BoxSchema, ThingSchema, LidSchema],
    ],
    kinds: {
      leaf: Leaf,
      node: Node,
      tag: Tag,
      keyed: Keyed,
      left: Left,
      right: Right,
      box: Box,
      thing: Thing,
      lid: Lid,
    },
  };
}

export type Classes = ReturnType<typeof makeClasses>;
