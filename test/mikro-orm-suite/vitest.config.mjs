import { readFileSync } from 'node:fs';
import { defineConfig } from 'vitest/config';

// Copied beside MikroORM's tests. What those import for databases that are not here is stood in for by empty classes.

const STAND_INS =
  /^(@mikro-orm\/(mongodb|mysql|mariadb|mssql|oracledb|libsql|migrations-mongodb|entity-generator|cli|knex-compat)|bson|tedious|mysql2.*|knex|mongodb-memory-server-core)$/;

const names = JSON.parse(readFileSync(new URL('stand-ins.json', import.meta.url), 'utf8'));

const standIns = {
  name: 'stand-ins',
  enforce: 'pre',
  resolveId: id => (STAND_INS.test(id) ? `\0${id}` : undefined),
  load: id =>
    id.startsWith('\0') && STAND_INS.test(id.slice(1))
      ? names.map(name => `export class ${name} { static register() {} }`).join('\n')
      : undefined,
};

export default defineConfig({
  oxc: { decorator: { legacy: true, emitDecoratorMetadata: true } },
  plugins: [standIns],
  test: {
    include: ['tests/**/*.test.ts'],
    setupFiles: ['tests/setup.ts', ...(process.env.SIGNALS_ATTACHED ? ['attached.ts'] : [])],
    globals: true,
    clearMocks: true,
    disableConsoleIntercept: true,
    isolate: false,
    maxWorkers: 1,
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
