import { Injectable } from '@nestjs/common';
import { EventEmitter2 } from '@nestjs/event-emitter';
import { Log } from './log.js';
import { OrderNames, STOCK } from './names.js';
import { OrderPlacedFact } from './order-placed.js';

@Injectable()
export class OrdersService {
  constructor(
    private readonly log: Log,
    private readonly emitter: EventEmitter2,
  ) {}

  async place(id: number, total: number): Promise<void> {
    this.log.lines.push(`place ${id}`);
    this.emitter.emit(OrderNames.Placed, new OrderPlacedFact(id, total));
    if (total > 100) this.emitter.emit('cache.cleared');
    await this.emitter.emitAsync(STOCK.asked, { id });
  }

  cancel(id: number): void {
    this.emitter.emit(OrderNames.Cancelled, {
      id,
      reason: 'too late',
    });
    this.emitter.emit(`audit.${id}`, { id });
  }
}
