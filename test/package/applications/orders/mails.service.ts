import { Injectable } from '@nestjs/common';
import { OnEvent } from '@nestjs/event-emitter';
import { Log } from './log.js';
import { OrderNames } from './names.js';
import type { Cancellation, OrderPlacedFact } from './order-placed.js';

@Injectable()
export class MailsService {
  constructor(private readonly log: Log) {}

  @OnEvent('order.placed')
  receipt(fact: OrderPlacedFact): void {
    this.log.lines.push(`receipt for ${fact.id}`);
    throw new Error('the server of mails is away');
  }

  @OnEvent(OrderNames.Cancelled)
  regret({ id, reason }: Cancellation): void {
    this.log.lines.push(`regret ${id}: ${reason}`);
  }

  @OnEvent('cache.cleared')
  clear(): void {
    this.log.lines.push('cleared');
  }

  @OnEvent('audit.*')
  audit(): void {
    this.log.lines.push('audit');
  }
}
