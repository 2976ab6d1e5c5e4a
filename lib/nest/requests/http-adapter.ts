import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { HttpAdapterHost, type ModuleRef } from '@nestjs/core';
import type { SlotHolder } from './request-slot.js';

type Next = (error?: unknown) => void;

export type Middleware = (request: object, response: ServerResponse, next: Next) => void;

/** An HTTP adapter of Nest, by the methods that are called here. */
export interface HttpAdapter extends SlotHolder {
  getType(): string;
  use(middleware: Middleware | ((error: unknown, ...rest: Parameters<Middleware>) => void)): unknown;
  getInstance(): Fastify;
}

interface Fastify {
  addHook(
    name: 'onRequest' | 'preValidation',
    hook: (request: object, reply: FastifyReply, done: Next) => void,
  ): unknown;
  addHook(
    name: 'onSend',
    hook: (request: object, reply: FastifyReply, payload: unknown, done: SendNext) => void,
  ): unknown;
}

export type SendNext = (error?: unknown, payload?: unknown) => void;

/** A response of Fastify, by the members that are used here. */
export interface FastifyReply {
  readonly raw: ServerResponse;
  readonly statusCode: number;
  /** Whether it was answered, or is answered by the response of Node alone: `reply.hijack()`. */
  readonly sent: boolean;
  send(payload: unknown): unknown;
  getHeaders(): OutgoingHttpHeaders;
  header(name: string, value: unknown): unknown;
  removeHeader(name: string): unknown;
}

/**
 * Calls `use` with the HTTP adapter of an application: at once under NestFactory, later in a testing module, and never
 * in an application without one.
 */
export function onHttpAdapter(moduleRef: ModuleRef, use: (adapter: HttpAdapter) => void): void {
  const host = moduleRef.get(HttpAdapterHost, { strict: false });
  host.init$.subscribe(() => {
    if (host.httpAdapter) use(host.httpAdapter as HttpAdapter);
  });
}

/** Returns the request of Node; Fastify's request stands for the one inside it. */
export function rawOf(request: object): object {
  return (request as { readonly raw?: object }).raw ?? request;
}
