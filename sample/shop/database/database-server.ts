import type { OnApplicationShutdown } from '@nestjs/common';
import { startEmbeddedPostgres } from './embedded-postgres.js';

/** The PostgreSQL server of the shop: that of DATABASE_URL, or else one of its own, which ends with the shop. */
export class DatabaseServer implements OnApplicationShutdown, AsyncDisposable {
  private constructor(
    readonly url: string,
    private readonly stop: () => Promise<void>,
  ) {}

  static async start(): Promise<DatabaseServer> {
    const given = process.env.DATABASE_URL;
    if (given) return new DatabaseServer(given, async () => {});
    const own = await startEmbeddedPostgres({ databaseName: 'shop' });
    return new DatabaseServer(own.url, () => own.stop());
  }

  /** Nest shuts down in reverse order: MikroORM, which is imported by the module that provides this, has been closed. */
  async onApplicationShutdown(): Promise<void> {
    await this.stop();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}
