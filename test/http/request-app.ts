import type { INestApplication, ModuleMetadata } from '@nestjs/common';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import type { AddressInfo } from 'node:net';
import { SignalsModule, type SignalsModuleOptions } from 'nestjs-signals';
import { RequestRecord } from './request-record.js';

export const ADAPTERS = ['express', 'fastify'] as const;
export type AdapterName = (typeof ADAPTERS)[number];

interface RequestAppMetadata extends ModuleMetadata {
  adapter?: AdapterName;
  options?: SignalsModuleOptions;
  /** Whether the application has a receiver. Default: `RequestRecord`. */
  isHeard?: boolean;
  /** Before `init()`, as in main.ts. */
  prepare?: (app: INestApplication) => unknown;
}

/** A running application on 127.0.0.1 that says nothing, and `RequestRecord`. */
export class RequestApp implements AsyncDisposable {
  private constructor(
    readonly app: INestApplication,
    readonly url: string,
  ) {}

  static async start({
    adapter = 'express',
    options,
    isHeard = true,
    prepare,
    imports = [],
    providers = [],
    ...metadata
  }: RequestAppMetadata): Promise<RequestApp> {
    const module = await Test.createTestingModule({
      imports: [...imports, SignalsModule.forRoot(options)],
      providers: [...(isHeard ? [RequestRecord] : []), ...providers],
      ...metadata,
    }).compile();
    const app = module.createNestApplication(adapter === 'fastify' ? new FastifyAdapter() : new ExpressAdapter(), {
      logger: false,
    });
    await prepare?.(app);
    await app.listen(0, '127.0.0.1');
    const { port } = app.getHttpServer().address() as AddressInfo;
    return new RequestApp(app, `http://127.0.0.1:${port}`);
  }

  get recorded(): RequestRecord {
    return this.app.get(RequestRecord);
  }

  get(path: string, headers: Record<string, string> = {}): Promise<Response> {
    return fetch(this.url + path, { headers });
  }

  post(path: string, body: string, headers: Record<string, string> = {}): Promise<Response> {
    return fetch(this.url + path, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json', ...headers },
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.app.close();
  }
}
