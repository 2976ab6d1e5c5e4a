import { defineEntity, p } from '@mikro-orm/core';
import { entities as others } from '../random/entities.js';

export { Article, Box, Cat, Person, Player, SportsCar, Tag, Team, Thing } from '../random/entities.js';

const NoteSchema = defineEntity({ name: 'Note', properties: { id: p.integer().primary(), text: p.string() } });
export class Note extends NoteSchema.class {}
NoteSchema.setClass(Note);

export const entities = [...others, NoteSchema];
