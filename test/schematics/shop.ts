import type { Files } from '../../lib/schematics/index.js';

export const SENDER = `import { Injectable } from '@nestjs/common';
import { EventEmitter2 } from '@nestjs/event-emitter';

@Injectable()
export class Orders {
  constructor(private readonly emitter: EventEmitter2) {}

  async place(id: number) {
    this.emitter.emit('order.placed', { id });
  }
}
`;

export const RECEIVER = `import { Injectable } from '@nestjs/common';
import { OnEvent } from '@nestjs/event-emitter';

@Injectable()
export class Mails {

  @OnEvent('order.placed')
  receipt({ id }: { id: number }) {
    console.log(id);
  }
}
`;

export const MODULE = `import { Module } from '@nestjs/common';
import { EventEmitterModule } from '@nestjs/event-emitter';
import { Mails } from './mails';
import { Orders } from './orders';

@Module({
  imports: [EventEmitterModule.forRoot()],
  providers: [Orders, Mails],
})
export class AppModule {}
`;

/** The smallest application that sends and receives a name. */
export const SHOP = { 'src/orders.ts': SENDER, 'src/mails.ts': RECEIVER, 'src/app.module.ts': MODULE };

/** The sender with another expression for the name. */
export function sent(name: string): string {
  return SENDER.replace("'order.placed'", name);
}

/** The receiver with other arguments of its decorator. */
export function received(...args: readonly string[]): string {
  return RECEIVER.replace("'order.placed'", args.join(', '));
}

export function filesOf(texts: Readonly<Record<string, string>>): Files {
  return {
    read: path => (Object.hasOwn(texts, path) ? texts[path] : undefined),
    list: folder => Object.keys(texts).filter(path => folder === '' || path.startsWith(`${folder}/`)),
  };
}
