import type { INestApplication, ModuleMetadata, NestApplicationOptions } from '@nestjs/common';
import type { AbstractHttpAdapter } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import type { AddressInfo } from 'node:net';
import { SignalsModule, type SignalsModuleOptions } from 'nestjs-signals';
import { SignalsInspectorModule, type SignalsInspectorOptions } from 'nestjs-signals/inspector';
import type { PageState } from '../../lib/inspector/page-types.js';
import { PageReader } from './page-reader.js';

export const ADAPTERS = ['express', 'fastify'] as const;
export type AdapterName = (typeof ADAPTERS)[number];

interface PageAppMetadata extends ModuleMetadata {
  /** A name, or an adapter that was made with options of its own. */
  adapter?: AdapterName | AbstractHttpAdapter;
  signals?: SignalsModuleOptions;
  page?: SignalsInspectorOptions;
  options?: NestApplicationOptions;
  /** Before `init()`, as in main.ts. */
  prepare?: (app: INestApplication) => unknown;
}

/** A running application with a live page, on 127.0.0.1, that says nothing. */
export class PageApp implements AsyncDisposable {
  private readonly readers: PageReader[] = [];

  private constructor(
    readonly app: INestApplication,
    readonly url: string,
  ) {}

  static async start({ adapter = 'express', signals, page, options, prepare, ...metadata }: PageAppMetadata = {}) {
    const { imports = [] } = metadata;
    const module = await Test.createTestingModule({
      ...metadata,
      imports: [...imports, SignalsModule.forRoot(signals), SignalsInspectorModule.forRoot(page)],
    }).compile();
    const app = module.createNestApplication(adapterOf(adapter), {
      logger: false,
      ...options,
    });
    try {
      await prepare?.(app);
      await app.listen(0, '127.0.0.1');
    } catch (error) {
      await app.close();
      throw error;
    }
    const { port } = app.getHttpServer().address() as AddressInfo;
    return new PageApp(app, `http://127.0.0.1:${port}`);
  }

  /** @param path - below the application, as in `/signals/api/state`. */
  get(path: string, headers: Record<string, string> = {}): Promise<Response> {
    return fetch(this.url + path, { headers, redirect: 'manual' });
  }

  async state(): Promise<PageState> {
    return (await (await this.get('/signals/api/state')).json()) as PageState;
  }

  operate(body: unknown, headers: Record<string, string> = { 'x-signals-inspector': '1' }): Promise<Response> {
    return fetch(`${this.url}/signals/api/operations`, {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json', ...headers },
    });
  }

  /** Opens the stream of a page, which is read from the first event on. */
  async open(path = '/signals/api/events', headers: Record<string, string> = {}): Promise<PageReader> {
    const reader = await PageReader.open(this.url + path, headers);
    this.readers.push(reader);
    return reader;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const reader of this.readers) reader.close();
    await this.app.close();
  }
}

function adapterOf(adapter: AdapterName | AbstractHttpAdapter): AbstractHttpAdapter {
  if (typeof adapter === 'object') return adapter;
  return adapter === 'fastify' ? new FastifyAdapter() : new ExpressAdapter();
}
