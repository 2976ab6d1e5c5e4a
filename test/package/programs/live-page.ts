import { type CanActivate, type ExecutionContext, Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { OnSignal, Signal, SignalsModule } from 'nestjs-signals';
import { SignalsInspectorModule } from 'nestjs-signals/inspector';
import { inProcess } from 'nestjs-signals/testing';

// A user's program, see first-signal.ts, with the live page on Express and on Fastify.

class OrderPlaced extends Signal<{ orderId: number }> {}

@Injectable()
class Receipts {
  @OnSignal(OrderPlaced)
  mail(): void {}
}

@Injectable()
class AdminGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    return context.switchToHttp().getRequest<{ headers: Record<string, string> }>().headers['x-user'] === 'ann';
  }
}

@Module({
  imports: [
    SignalsModule.forRoot({ durable: inProcess() }),
    SignalsInspectorModule.forRoot({ path: 'admin/signals', guard: AdminGuard }),
  ],
  providers: [OrderPlaced, Receipts],
})
class AppModule {}

const ADMIN = { 'x-user': 'ann', 'content-type': 'application/json' };
const PAGE = { ...ADMIN, 'x-signals-inspector': '1' };

async function firstSend(stream: Response): Promise<string> {
  let text = '';
  for await (const part of stream.body!.pipeThrough(new TextDecoderStream())) {
    text += part;
    const signal = /"signal":"(\w+)"/.exec(text)?.[1];
    if (signal !== undefined) return signal;
  }
  return text;
}

async function main(): Promise<void> {
  for (const adapter of [new ExpressAdapter(), new FastifyAdapter()]) {
    const app = await NestFactory.create(AppModule, adapter, { logger: ['warn'] });
    app.setGlobalPrefix('shop');
    await app.listen(0, '127.0.0.1');
    const page = `${await app.getUrl()}/shop/admin/signals`;
    const operate = (headers: Record<string, string>) =>
      fetch(`${page}/api/operations`, {
        method: 'POST',
        headers,
        body: JSON.stringify({ operation: 'retry' }),
      });
    const { status, url } = await fetch(page, { headers: ADMIN });
    const files = await Promise.all(['page.js', 'page.css'].map(name => fetch(`${page}/${name}`, { headers: ADMIN })));
    console.log(status, url.slice(page.length), ...files.map(file => file.status), (await fetch(page)).status);
    const stream = await fetch(`${page}/api/events`, { headers: ADMIN });
    await app.get(OrderPlaced).send('the shop', { orderId: 1 });
    console.log(await firstSend(stream), await (await operate(PAGE)).text(), (await operate(ADMIN)).status);
    await app.close();
  }
}

void main();
