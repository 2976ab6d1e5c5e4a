import type { LoggerService } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { AppModule } from './app.module.js';

export interface ShopOptions {
  readonly logger: LoggerService | false;
  /** Default: any free port. */
  readonly port?: number;
  /** Whether this process mails receipts, its own and those of other processes. Default: true. */
  readonly work?: boolean;
}

/** The shop, answering on 127.0.0.1. Closed at the end of an `await using` block. */
export class Shop implements AsyncDisposable {
  private constructor(
    readonly app: NestExpressApplication,
    readonly url: string,
  ) {}

  /** @throws Error when the database or the port is not available; nothing is left open then. */
  static async open({ logger, port = 0, work = true }: ShopOptions): Promise<Shop> {
    const module = AppModule.with({ work });
    const app = await NestFactory.create<NestExpressApplication>(module, { logger, abortOnError: false });
    try {
      await app.listen(port, '127.0.0.1');
    } catch (error) {
      await app.close();
      throw error;
    }
    return new Shop(app, await app.getUrl());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.app.close();
  }
}
