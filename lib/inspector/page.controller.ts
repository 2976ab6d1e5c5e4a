import { Controller, Get, Inject, Req, Res, SetMetadata, type Type, UseGuards, VERSION_NEUTRAL } from '@nestjs/common';
import type { CanActivate, ExecutionContext } from '@nestjs/common';
import { answer, answerJson, answerStream, type PageRequest, type PageResponse } from './answer.js';
import { LivePage } from './live-page.js';
import type { PageFile } from './page-files.js';
import { isFromElsewhere } from './same-origin.js';

/** The file that the path of the page leads to, so that what it asks for is beside it. */
const SHELL = 'live';

/** Asks the guards that the module was given. */
class GuardOfPage implements CanActivate {
  constructor(@Inject(LivePage) private readonly page: LivePage) {}

  canActivate(context: ExecutionContext): Promise<boolean> {
    return this.page.guards.canActivate(context);
  }
}

/** The routes of the live page. They take the request as it is and answer it themselves, so that no pipe and no interceptor changes it. */
export class PageController {
  constructor(@Inject(LivePage) private readonly page: LivePage) {}

  @Get()
  index(@Req() { url }: PageRequest, @Res() response: PageResponse): void {
    const last = this.page.settings.path.split('/').at(-1)!;
    const isFolder = last === '' || url.split('?')[0]!.endsWith('/');
    const headers = { location: isFolder ? SHELL : `${last}/${SHELL}`, 'cache-control': 'no-cache' };
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
  state(@Req() request: PageRequest, @Res() response: PageResponse): void {
    if (this.refuses(request, response, 'api/state')) return;
    answerJson(response, this.page.states.state(undefined));
  }

  @Get('api/events')
  stream(@Req() request: PageRequest, @Res() response: PageResponse): void {
    if (this.refuses(request, response, 'api/events')) return;
    const { streams } = this.page;
    if (!streams.hasPlace)
      return refuse(response, 503, 'UNAVAILABLE', 'Too many pages are open, or the application ends.');
    const stream = answerStream(response);
    if (request.method === 'HEAD') stream.end();
    else streams.add(stream, request.headers['last-event-id']);
  }

  private async file(name: PageFile, { headers }: PageRequest, response: PageResponse): Promise<void> {
    answer(response, await this.page.files.file(name, headers['if-none-match']));
  }

  private refuses(request: PageRequest, response: PageResponse, path: string): boolean {
    this.page.asked(request, path);
    const isRefused = isFromElsewhere(request);
    if (isRefused) refuse(response, 403, 'FORBIDDEN', 'Only the page itself may ask this.');
    return isRefused;
  }
}

function refuse(response: PageResponse, status: number, code: string, message: string): void {
  answerJson(response, { error: { code, message } }, status);
}

/** Makes the controller of a page. Nest reads its path from the class. */
export function pageControllerAt(path: string): Type {
  class SignalsPage extends PageController {}
  Controller({ path, version: VERSION_NEUTRAL })(SignalsPage);
  UseGuards(GuardOfPage)(SignalsPage);
  // Not a part of the application's own API: `@ApiExcludeController()` of @nestjs/swagger.
  SetMetadata('swagger/apiExcludeController', [true])(SignalsPage);
  return SignalsPage;
}
