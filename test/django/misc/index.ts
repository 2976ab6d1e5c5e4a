import { MikroORM } from '@mikro-orm/core';
import { Migration } from '@mikro-orm/migrations';
import { defineEntity, EntitySchema, p } from '@mikro-orm/postgresql';
import * as door from 'nestjs-signals';
import { EntityPrepared, type Message, type PayloadOf, PostMigrate, PreMigrate } from 'nestjs-signals';
import { startOrmApp } from '../../support/orm.js';
import { adapt, type Mapping, notOffered } from '../mapping.js';

abstract class Abstract {
  id!: number;
}
const AbstractSchema = new EntitySchema<Abstract>({
  class: Abstract,
  abstract: true,
  properties: { id: { type: 'integer', primary: true } },
});
class DynConcrete extends Abstract {
  friends!: object;
}
const DynConcreteSchema = new EntitySchema<DynConcrete, Abstract>({
  class: DynConcrete,
  extends: Abstract,
  properties: { friends: { kind: 'm:n', entity: () => DynConcrete } },
});

const ThingSchema = defineEntity({ name: 'Thing', properties: { id: p.integer().primary() } });

class Migration1 extends Migration {
  override up() {
    this.addSql('create table "first" (id int)');
  }
}

export const MISC: Mapping = {
  'misc.class_prepared': adapt(
    'each class that has rows is sent when the application starts',
    {
      because: 'a pivot table has no class of its own, an abstract class no rows, and there are no proxy models',
      steps: () => [{ signal: 'entity_prepared', sender: 'DynConcrete' }],
      facts: () => ({ tables: ['dyn_concrete'] }),
    },
    async record => {
      const tables: string[] = [];
      const signal = new EntityPrepared();
      const providers = [{ provide: EntityPrepared, useValue: signal }];
      signal.connect(function dynamic({ meta }: PayloadOf<EntityPrepared>, message: Message) {
        tables.push(meta.tableName);
        record.call('', message);
        delete (record.steps.at(-1) as { receiver?: string }).receiver;
      });
      await using _app = await startOrmApp({ entities: [AbstractSchema, DynConcreteSchema], providers });
      return { tables };
    },
  ),

  'misc.template_rendered': notOffered(
    'NOT_OFFERED',
    'nothing is sent when a template is rendered, or a setting overridden',
    { template_rendered: false, setting_changed: false },
    async () => ({ template_rendered: 'TemplateRendered' in door, setting_changed: 'SettingChanged' in door }),
  ),

  'misc.migrate': adapt(
    'a migrator sends its plan, once before the first migration and once after the last',
    {
      because: 'there is one migrator, and no applications inside of the application; nothing is asked of a user',
      steps: () => [
        { signal: 'pre_migrate', sender: 'Migrator()', using: 'default', plan: ['one'], up: true },
        { signal: 'post_migrate', sender: 'Migrator()', using: 'default', plan: ['one'], up: true },
      ],
      facts: () => ({}),
    },
    async record => {
      const migrationsList = [{ name: 'one', class: Migration1 }];
      const config = { migrations: { migrationsList, silent: true, snapshot: false } };
      await using t = await startOrmApp({ entities: [ThingSchema], config });
      for (const signal of [PreMigrate, PostMigrate]) record.listenTo(t.app.get(signal));
      await t.app.get<MikroORM>(MikroORM).migrator.up();
      return {};
    },
  ),
};
