import { Injectable } from '@nestjs/common';
import { EventEmitter2, OnEvent } from '@nestjs/event-emitter';
import { Log } from './log.js';
import { OrderNames, STOCK } from './names.js';
import { OrderPlacedFact } from './order-placed.js';

@Injectable()
export class StockService {
  constructor(
    private readonly emitter: EventEmitter2,
    private readonly log: Log,
  ) {}

  @OnEvent(OrderNames.Placed)
  async take({ id, total }: OrderPlacedFact): Promise<void> {
    await Promise.resolve();
    this.log.lines.push(`take ${id}`);
    if (total > 100) this.emitter.emit(STOCK.low, { left: 1 });
  }

  @OnEvent(STOCK.asked)
  answer({ id }: { id: number }): void {
    this.log.lines.push(`asked ${id}`);
  }

  @OnEvent(STOCK.low)
  order({ left }: { left: number }): void {
    this.log.lines.push(`only ${left} left`);
  }
}
