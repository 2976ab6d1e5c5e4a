import { Collection, defineEntity, p } from '@mikro-orm/postgresql';
import { rowSignals } from 'nestjs-signals/rows';

/** A note of a tenant, in the schema of that tenant. */
export class Note {
  id!: number;
  text!: string;
  readonly topics = new Collection<Topic>(this);
}
const NoteSchema = defineEntity({
  class: Note,
  schema: '*',
  properties: { id: p.integer().primary(), text: p.string(), topics: () => p.manyToMany(Topic).owner() },
  triggers: rowSignals(),
} as never);

export class Topic {
  id!: number;
  note!: Note;
}
const TopicSchema = defineEntity({
  class: Topic,
  schema: '*',
  properties: { id: p.integer().primary(), note: () => p.manyToOne(Note).deleteRule('cascade') },
  triggers: rowSignals(),
} as never);

export const TENANTS = [NoteSchema, TopicSchema];
