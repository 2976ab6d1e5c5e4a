import { ConsoleLogger, Controller, Post, Req, UnauthorizedException } from '@nestjs/common';
import { jest } from '@jest/globals';
import type { Request } from 'express';
import { LoginRoute } from 'nestjs-signals';
import { inspect } from 'node:util';
import { Browser, LoginApp } from './login-app.js';
import { PASSWORDS } from './people.js';
import { RoutesModule } from './routes.js';

const SECRETS = {
  password: 'quietly s3cr3t-0',
  otp: 's3cr3t-1',
  profile: { recovery: { codes: ['s3cr3t-2'] }, apiKey: 's3cr3t-3' },
  document: 'mutation { login(password: "s3cr3t-4") { id } }',
  ssn: 's3cr3t-5',
};

@Controller()
class SecretRoutes {
  @LoginRoute()
  @Post('login')
  login(@Req() { body }: Request) {
    if ((body as { password: string }).password !== PASSWORDS.ann) throw new UnauthorizedException();
    return { user: { name: 'ann' }, accessToken: 's3cr3t-6' };
  }
}

/** What is written while `run` runs, by whomever. */
async function writtenBy(run: () => Promise<void>): Promise<string> {
  const written: string[] = [];
  const write = (chunk: unknown) => {
    written.push(String(chunk));
    return true;
  };
  const spies = [process.stdout, process.stderr].map(stream => jest.spyOn(stream, 'write').mockImplementation(write));
  const consoles = (['log', 'warn', 'error', 'info', 'debug'] as const).map(name =>
    jest.spyOn(console, name).mockImplementation((...line) => void written.push(inspect(line))),
  );
  await run().finally(() => [...spies, ...consoles].forEach(spy => spy.mockRestore()));
  return written.join('');
}

describe('Nothing that is emitted holds a secret', () => {
  let app: LoginApp;

  beforeAll(async () => {
    const options = { passport: { sensitive: ['ssn'] } };
    app = await LoginApp.start({ imports: [RoutesModule], controllers: [SecretRoutes], options });
    app.app.useLogger(new ConsoleLogger({ logLevels: ['verbose', 'debug', 'log', 'warn', 'error', 'fatal'] }));
  });

  afterAll(() => app[Symbol.asyncDispose]());

  const paths = [
    ...['/session', '/token', '/scoped', '/several', '/kind', '/optional', '/refusing', '/login'],
    ...['/plain/token', '/plain/session', '/plain/redirect'],
  ];

  it.each(
    paths.flatMap(path => [false, true].map(isBroken => ({ path, isBroken, log: isBroken ? 'broken' : 'sound' }))),
  )('at $path, with receivers that are $log', async ({ path, isBroken }) => {
    const objection = () => {
      if (isBroken) throw new Error('a receiver is broken');
    };
    app.heard.objection = { in: objection, failed: objection };
    const browser = new Browser(app);
    const written = await writtenBy(async () => {
      await browser.post(`${path}?code=s3cr3t-7`, { username: 'ann', ...SECRETS });
      await browser.post(`${path}?code=s3cr3t-7`, { username: 'ann', ...SECRETS, password: PASSWORDS.ann });
    });
    const payloads = app.heard.all
      .splice(0)
      .map(({ payload }) => inspect({ ...payload, request: undefined }, { depth: 20 }));

    expect(payloads.length).toBeGreaterThan(0);
    expect(payloads.join('\n')).not.toMatch(/s3cr3t|correct horse/);
    expect(written).not.toMatch(/s3cr3t|correct horse/);
  });
});
