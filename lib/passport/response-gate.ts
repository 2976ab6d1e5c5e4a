import { Logger } from '@nestjs/common';
import type { ServerResponse } from 'node:http';
import { logError } from '../nest/index.js';
import type { RequestLogins } from './request-logins.js';

const HELD = ['writeHead', 'flushHeaders', 'write', 'end'] as const;
const CHANGES = [...HELD, 'setHeader', 'setHeaders', 'appendHeader', 'removeHeader'] as const;

type Name = (typeof HELD)[number];
type Change = (typeof CHANGES)[number];
type Call = (...args: unknown[]) => unknown;

/**
 * A gate that holds back the answer to a request until receivers have run, from its first byte on; their error is answered
 * instead.
 *
 * Fastify calls its own hook before it writes, so on Fastify a gate holds back only answers that bypass the hook.
 */
export class ResponseGate {
  private readonly originals: Record<Name, Call>;
  private readonly held: (readonly [Name, unknown[]])[] = [];
  private isOpen = false;

  /**
   * @param report - reports pending attempts when the request is answered; returns undefined if there are none.
   * @param refuse - answers an error instead; undefined if that is not possible.
   */
  constructor(
    private readonly response: ServerResponse,
    private readonly logins: RequestLogins,
    private readonly report: (statusCode: number) => Promise<void> | undefined,
    private readonly refuse: ((error: unknown) => void) | undefined,
  ) {
    const own: Record<Name, (...args: never[]) => unknown> = response;
    const { writeHead, flushHeaders, write, end } = own;
    this.originals = { writeHead, flushHeaders, write, end } as Record<Name, Call>;
    // One by one: a loop would take twice as long (Node 24).
    own.writeHead = (...args: unknown[]) => this.pass('writeHead', args);
    own.flushHeaders = (...args: unknown[]) => this.pass('flushHeaders', args);
    own.write = (...args: unknown[]) => this.pass('write', args);
    own.end = (...args: unknown[]) => this.pass('end', args);
    response.on('close', () => this.abandon());
  }

  private pass(name: Name, args: unknown[]): unknown {
    return this.isOpen ? this.originals[name].apply(this.response, args) : this.hold(name, args);
  }

  private hold(name: Name, args: unknown[]): unknown {
    const isFirst = this.held.length === 0;
    const status = name === 'writeHead' && typeof args[0] === 'number' ? args[0] : this.response.statusCode;
    const settling = isFirst ? this.report(status) : undefined;
    if (isFirst && !settling) {
      this.isOpen = true;
      if (this.logins.loggedIn.hasRefusal) this.ignoreRest();
      return this.originals[name].apply(this.response, args);
    }
    this.held.push([name, args]);
    settling?.then(
      () => this.open(),
      (error: unknown) => this.answer(error),
    );
    return name === 'write' ? false : this.response;
  }

  private open(): void {
    const { held, originals, response } = this;
    this.isOpen = true;
    for (const [name, args] of held) originals[name].apply(response, args);
    if (held.some(([name]) => name === 'write') && !response.writableEnded) response.emit('drain');
  }

  private answer(error: unknown): void {
    const { logins, refuse, response } = this;
    if (response.headersSent || !refuse) {
      logLate(error);
      return this.open();
    }
    this.isOpen = true;
    this.ignoreRest();
    logins.restoreHeaders();
    refuse(error);
  }

  /** The route goes on, and may answer later. After the refusal Node would end the process with an error then. */
  private ignoreRest(): void {
    const { response } = this;
    const own: Record<Change, (...args: never[]) => unknown> = response;
    for (const name of CHANGES) {
      const original = own[name] as Call | undefined;
      // HTTP/2 has no setHeaders().
      if (!original) continue;
      own[name] = (...args: unknown[]) =>
        response.writableEnded ? this.ignore(name, args) : original.apply(response, args);
    }
    // A route whose write was held may wait for it.
    response.once('finish', () => response.emit('drain'));
  }

  /** A stream that is piped here goes on to its end. */
  private ignore(name: Change, args: unknown[]): unknown {
    const written = args.at(-1);
    if (typeof written === 'function') process.nextTick(written);
    return name === 'write' || this.response;
  }

  /** Reports the attempts of a client that has left: a guess counts even if the client does not wait for its answer. */
  private abandon(): void {
    if (this.isOpen || this.held.length > 0) return;
    this.isOpen = true;
    this.report(499)?.catch(logLate);
  }
}

function logLate(error: unknown): void {
  const what = 'A receiver of an auth signal failed, and the response could not be changed any more';
  logError(new Logger('Signals'), what, error);
}
