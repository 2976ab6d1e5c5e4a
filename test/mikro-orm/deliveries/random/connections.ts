import type { EntityManager } from '@mikro-orm/core';
import type { SqlEntityManager } from '@mikro-orm/postgresql';
import type { Fate, PostgresProxy } from '../../../support/postgres-proxy.js';

/** The planned fate of the connection of one transaction. */
export class Aim {
  private line: ReturnType<PostgresProxy['line']> | undefined;

  constructor(
    private readonly proxy: PostgresProxy,
    private readonly fate: Fate | undefined,
  ) {}

  async at(em: EntityManager): Promise<void> {
    if (!this.fate) return;
    this.line = this.proxy.line(await portOf(em));
    this.line.fate = this.fate;
  }

  /** The connection may be used for another. */
  release(): void {
    if (this.line) this.line.fate = undefined;
  }
}

export async function portOf(em: EntityManager): Promise<number> {
  const [row] = await (em as SqlEntityManager).execute<[{ port: number }]>('select inet_client_port() as port');
  return row.port;
}

/** The numbers are new each time: a transaction would wait for another that has the same. */
export async function violate(em: EntityManager): Promise<void> {
  await (em as SqlEntityManager).execute(
    `with new as (select nextval('number') as id) insert into pledge select id from new union all select id from new`,
  );
}
