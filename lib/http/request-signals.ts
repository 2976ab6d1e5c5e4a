import { type AnyRequest, RequestSignal } from '../nest/index.js';

/** The class of what serves requests: of the HTTP adapter, of the WebSocket adapter, of a transport's context. */
export type ServerClass = abstract new (...args: never[]) => object;

/** The class that a request was for. */
export type ControllerClass = abstract new (...args: never[]) => object;

/** The payload of `RequestStarted`, and a part of that of the other request signals. */
export interface RequestPayload {
  /** The request: Express's or Fastify's; `{ data, context }` or `{ pattern, data, client }` for a message. */
  readonly request: AnyRequest;
}

/** The payload of `RequestFinished`. */
export interface RequestFinishedPayload extends RequestPayload {
  /**
   * The status of the response, or the one that it had when it was aborted. A message has none: then 200, or the status
   * that HTTP answers its error with.
   */
  readonly statusCode: number;
  /** The time from the first sign of the request to the end of its response, in milliseconds. */
  readonly durationMs: number;
  /** Whether the client left, or the connection broke, before the response had been sent. */
  readonly aborted: boolean;
}

/** The payload of `GotRequestException`. */
export interface RequestExceptionPayload extends RequestPayload {
  /** The error as it was thrown. */
  readonly error: unknown;
}

/**
 * Sent when a request comes in, before anything else is done with it: Django's `request_started`. The sender is the
 * class of the HTTP adapter, such as `ExpressAdapter`.
 *
 * The request waits for its receivers. Their error is answered as if a route had thrown it, and no route is called.
 * No user has logged in yet, and the body has not been read.
 *
 * With GraphQL it is sent once for the HTTP request, however many fields that asks for. A message to a microservice (Nest 12) or
 * to a WebSocket gateway is a request of its own; its sender is the class of the transport's context, such as
 * `TcpContext`, or of the WebSocket adapter.
 */
export class RequestStarted extends RequestSignal<RequestPayload, ServerClass> {}

/**
 * Sent once for each request that was started, when its response has been sent or can no longer be: Django's
 * `request_finished`. The sender is that of `RequestStarted`.
 *
 * Sent when the receivers of `RequestStarted` and `GotRequestException` of this request are done. Every receiver is
 * called; errors are logged, because no caller is left.
 */
export class RequestFinished extends RequestSignal<RequestFinishedPayload, ServerClass> {}

/**
 * Sent when a request fails with an error that is not meant for the client: Django's `got_request_exception`. The
 * sender is the class of the controller, resolver or gateway; undefined if there is none, as in middleware.
 *
 * Sent once for each error of a request that reaches Nest's exception filters, before these answer, and whatever they
 * answer. Not for errors below 500 that are meant for the client: an `HttpException`, Fastify's and body parsers' own
 * errors, `RpcException`, `WsException`, a `GraphQLError` with a code. Not for what an interceptor has swallowed.
 *
 * Every receiver is called, and none changes the answer: errors are logged. Only `RequestFinished` waits for a receiver
 * that is asynchronous.
 */
export class GotRequestException extends RequestSignal<RequestExceptionPayload, ControllerClass | undefined> {}
