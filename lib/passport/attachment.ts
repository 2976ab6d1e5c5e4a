import { rawOf } from '../nest/index.js';
import type { AnyResponse } from './response-headers.js';

/**
 * The property of a request that says what it is attached to. It is enumerable, so that a copy has it as well: guards give
 * Passport a copy with other credentials, an object that inherits from the request, or a proxy of it.
 */
export const ATTACHMENT: unique symbol = Symbol('Attachment');

/** A request and its application. */
export interface Attachment<Application> {
  readonly application: Application;
  readonly request: object;
  /** The response of Fastify, whose request does not hold it. */
  readonly response: AnyResponse | undefined;
}

function attachmentOf(request: object): Attachment<unknown> | undefined {
  return (request as { readonly [ATTACHMENT]?: Attachment<unknown> })[ATTACHMENT];
}

/** Whether an application watches the logins of a request. */
export function isAttached(request: object): boolean {
  return attachmentOf(request) !== undefined;
}

/** Returns the request that was attached, for an object that a guard has made of it. */
export function attachedOf(request: object): object {
  return attachmentOf(request)?.request ?? request;
}

/** Returns the response to an attached request; Express sets `res`. */
export function responseOf(request: object): AnyResponse | undefined {
  return attachmentOf(request)?.response ?? (request as { readonly res?: AnyResponse }).res;
}

/** Returns the request of Node: one for Fastify's request and all objects that guards have made of it. */
export function rawAttachedOf(request: object): object {
  return rawOf(attachedOf(request));
}
