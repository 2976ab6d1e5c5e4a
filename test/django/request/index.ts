import { Controller, ForbiddenException, Get, NotFoundException } from '@nestjs/common';
import { GotRequestException, RequestFinished, RequestStarted } from 'nestjs-signals';
import { RequestApp } from '../../http/request-app.js';
import { type Mapping, match } from '../mapping.js';
import type { Recorder } from '../recorder.js';

@Controller()
class Routes {
  @Get('ok')
  ok() {
    return {};
  }

  @Get('not-found')
  notFound() {
    throw new NotFoundException();
  }

  @Get('forbidden')
  forbidden() {
    throw new ForbiddenException();
  }
}

export const REQUEST: Mapping = {
  'request.ok': match('a signal is sent when a request comes in and when it has been answered', async record => ({
    status: (await ask(record, '/ok'))[0],
  })),

  'request.handled_errors': match('what a route refuses is no exception', async record => ({
    status: await ask(record, '/not-found', '/forbidden'),
  })),
};

/** Asks for one after another; the statuses. */
async function ask(record: Recorder, ...paths: string[]): Promise<number[]> {
  await using site = await RequestApp.start({ controllers: [Routes] });
  for (const signal of [RequestStarted, RequestFinished, GotRequestException]) record.listenTo(site.app.get(signal));
  const statuses: number[] = [];
  for (const path of paths) {
    statuses.push((await site.get(path)).status);
    // The response may be there before the signal of its end is sent.
    await site.recorded.finished(statuses.length);
  }
  return statuses;
}
