import { Controller, Get, Inject, Post, Req, Res, SetMetadata, UseGuards, VERSION_NEUTRAL } from '@nestjs/common';
import type { Type } from '@nestjs/common';
import { badOption, SignalError } from '../core/index.js';
import { answer, answerJson, answerStream, type PageRequest, type PageResponse, urlOf } from './answer.js';
import { bodyOf } from './body.js';
import type { DeadSearch } from './durable/dead-messages.js';
import { LivePage } from './live-page.js';
import type { PageFile } from './page-files.js';
import { PageGuards } from './page-guards.js';
import { errorText } from './recording/shown-text.js';
import { isAskedByPage, isFromElsewhere } from './same-origin.js';

/** The file that the path of the page leads to, so that what it asks for is beside it. */
const SHELL = 'live';

const FORBIDDEN = 'Only the page itself may ask this. A proxy without HTTPS must pass the header Host on.';

/** The routes of the live page. They take the request as it is and answer it themselves, so that no pipe and no interceptor changes it. */
export class PageController {
  constructor(@Inject(LivePage) private readonly page: LivePage) {}

  @Get()
  index(@Req() request: PageRequest, @Res() response: PageResponse): void {
    // Relative to what was asked for, whatever prefixes and routers have put before the path of the page.
    const last = urlOf(request).pathname.split('/').at(-1)!;
    const headers = { location: last === '' ? SHELL : `./${last}/${SHELL}`, 'cache-control': 'no-cache' };
    answer(response, { status: 302, type: 'text/plain; charset=utf-8', body: '', headers });
  }

  @Get(SHELL)
  shell(@Res() response: PageResponse): void {
    answer(response, this.page.files.shell);
  }

  @Get('page.js')
  script(@Req() request: PageRequest, @Res() response: PageResponse): Promise<void> {
    return this.file('page.js', request, response);
  }

  @Get('page.css')
  style(@Req() request: PageRequest, @Res() response: PageResponse): Promise<void> {
    return this.file('page.css', request, response);
  }

  @Get('api/state')
  state(@Req() request: PageRequest, @Res() response: PageResponse): Promise<void> {
    return this.ask(request, response, async (_, { durable, states }) => {
      return states.state(await durable.rows().catch(() => undefined));
    });
  }

  @Get('api/durable')
  durable(@Req() request: PageRequest, @Res() response: PageResponse): Promise<void> {
    return this.ask(request, response, (_, { durable }) => durable.state());
  }

  @Get('api/dead')
  dead(@Req() request: PageRequest, @Res() response: PageResponse): Promise<void> {
    return this.ask(request, response, (query, { durable }) => durable.dead(searchOf(query)));
  }

  @Get('api/message')
  message(@Req() request: PageRequest, @Res() response: PageResponse): Promise<void> {
    return this.ask(request, response, (query, { durable }) => durable.message(query.get('id') ?? ''));
  }

  @Post('api/operations')
  async operate(@Req() request: PageRequest, @Res() response: PageResponse): Promise<void> {
    if (!this.page.settings.operations) return refuse(response, 404, 'OFF', 'Operations are switched off.');
    if (!isAskedByPage(request)) return refuse(response, 403, 'FORBIDDEN', FORBIDDEN);
    await this.ask(request, response, async (_, { durable }) => {
      return { count: await durable.operate(await bodyOf(request)) };
    });
  }

  @Get('api/events')
  stream(@Req() request: PageRequest, @Res() response: PageResponse): void {
    if (this.refuses(request, response)) return;
    if (!this.page.live.streams.hasPlace)
      return refuse(response, 503, 'UNAVAILABLE', 'Too many pages are open, or the application ends.');
    const stream = answerStream(response);
    if (request.method === 'HEAD') stream.end();
    else this.page.open(stream, request.headers['last-event-id']);
  }

  private async file(name: PageFile, { headers }: PageRequest, response: PageResponse): Promise<void> {
    const found = await this.page.files.file(name, headers['if-none-match']).catch(() => undefined);
    if (found) answer(response, found);
    else refuse(response, 404, 'NOT_FOUND', `This copy of the package has no ${name}: build it.`);
  }

  private async ask(
    request: PageRequest,
    response: PageResponse,
    answers: (query: URLSearchParams, live: LivePage['live']) => Promise<object | undefined>,
  ): Promise<void> {
    if (this.refuses(request, response)) return;
    try {
      const found = await answers(urlOf(request).searchParams, this.page.live);
      if (found) answerJson(response, found);
      else refuse(response, 404, 'NOT_FOUND', 'There is no such message.');
    } catch (error) {
      if (error instanceof SignalError) refuse(response, 400, error.code, error.message);
      else refuse(response, 503, 'UNAVAILABLE', errorText(error));
    }
  }

  private refuses(request: PageRequest, response: PageResponse): boolean {
    this.page.asked(request);
    const isRefused = isFromElsewhere(request);
    if (isRefused) refuse(response, 403, 'FORBIDDEN', FORBIDDEN);
    return isRefused;
  }
}

const MOST_MESSAGES = 200;

/** @throws {SignalError} `UNKNOWN_OPTION` */
function searchOf(query: URLSearchParams): DeadSearch {
  const limit = Number(query.get('limit') || '50');
  if (!Number.isInteger(limit) || limit < 1) {
    throw badOption({ name: 'a search', at: () => 'GET api/dead' }, 'limit', 'it is no number', 'give a whole number.');
  }
  const [receiver, text] = [query.get('receiver'), query.get('text')];
  return { ...(receiver && { receiver }), ...(text && { text }), limit: Math.min(limit, MOST_MESSAGES) };
}

function refuse(response: PageResponse, status: number, code: string, message: string): void {
  answerJson(response, { error: { code, message } }, status);
}

/** Makes the controller of a page. Nest reads its path from the class. */
export function pageControllerAt(path: string): Type {
  class SignalsPage extends PageController {}
  Controller({ path, version: VERSION_NEUTRAL })(SignalsPage);
  UseGuards(PageGuards)(SignalsPage);
  // Not a part of the application's own API: `@ApiExcludeController()` of @nestjs/swagger.
  SetMetadata('swagger/apiExcludeController', [true])(SignalsPage);
  return SignalsPage;
}
