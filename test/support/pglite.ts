import { MikroORM, type Options } from '@mikro-orm/core';
import { PgliteDriver } from '@mikro-orm/pglite';
import { randomUUID } from 'node:crypto';
import { existsSync, openAsBlob, readFileSync } from 'node:fs';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

const PACKAGES = join(import.meta.dirname, '..', '..', 'node_modules');

const MEMORY: Partial<Options<PgliteDriver>> = { driver: PgliteDriver, dbName: 'memory://' };

/** Options of MikroORM for a PGlite in memory, which begins with a copy of a cluster: to make one takes seconds. */
export async function pglite(): Promise<Partial<Options>> {
  const { dependencies } = JSON.parse(readFileSync(join(PACKAGES, '@mikro-orm/pglite/package.json'), 'utf8')) as {
    dependencies: Readonly<Record<string, string>>;
  };
  const path = join(PACKAGES, '.cache/nestjs-signals', `pglite-${dependencies['@electric-sql/pglite']}.tar`);
  if (!existsSync(path)) await makeCluster(path);
  const loadDataDir = await openAsBlob(path);
  // MikroORM copies what is in an object.
  return { ...MEMORY, clientUrl: undefined, driverOptions: () => ({ loadDataDir }) } as Partial<Options>;
}

/** Other processes may make the same file at the same time, and see none that is half written. */
async function makeCluster(path: string): Promise<void> {
  const orm = await MikroORM.init<PgliteDriver>({ ...MEMORY, discovery: { warnWhenNoEntities: false } });
  const client = await orm.em.getDriver().getConnection().getNativeClient();
  const dump = await client.dumpDataDir('none');
  await orm.close();
  const unfinished = `${path}.${randomUUID()}`;
  await mkdir(dirname(path), { recursive: true });
  await writeFile(unfinished, Buffer.from(await dump.arrayBuffer()));
  await rename(unfinished, path);
}
