import { type KnownEntityManager, SignalError } from '../../core/index.js';

/**
 * Keeps MikroORM's schema generator and migrations of this process away from the schema of the jobs: they drop what no
 * entity stands for.
 *
 * @param schema - as SQL has it, in quotes.
 * @returns a warning where the configuration does not say so itself: the command line of MikroORM reads nothing else.
 */
export function ignoreSchema({ config, name }: KnownEntityManager, schema: string): SignalError | undefined {
  const own = JSON.parse(schema) as string;
  const options = config.get('schemaGenerator');
  const ignored = options.ignoreSchema ?? [];
  if (ignored.includes(own)) return undefined;
  config.set('schemaGenerator', { ...options, ignoreSchema: [...ignored, own] });
  return new SignalError('SCHEMA_NOT_IGNORED', {
    what: `The configuration of the MikroORM '${name}' does not ignore the schema '${own}', where durable messages are kept: MikroORM's command line would drop it.`,
    at: 'SignalsModule.forRoot({ durable: pgBoss() })',
    fix: `add \`schemaGenerator: { ignoreSchema: ['${own}'] }\` to the configuration; 'signals' is exported as SIGNALS_SCHEMA.`,
  });
}
