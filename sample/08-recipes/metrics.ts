// #region metrics
import { Controller, Get, Inject, Module, Res } from '@nestjs/common';
import { DurableSignals } from 'nestjs-signals/pg-boss';
import { Gauge, Registry } from 'prom-client';

@Controller('metrics')
export class MetricsController {
  private readonly metrics = new Registry();
  private readonly messages = new Gauge({
    name: 'signals_messages',
    help: 'Messages of durable receivers',
    labelNames: ['receiver', 'state'],
    registers: [this.metrics],
  });
  private readonly lag = new Gauge({
    name: 'signals_lag_seconds',
    help: 'How long the oldest message has been due',
    labelNames: ['receiver'],
    registers: [this.metrics],
  });

  constructor(@Inject(DurableSignals) private readonly durable: DurableSignals) {}

  @Get()
  async show(@Res() response: { type(type: string): { send(text: string): unknown } }): Promise<void> {
    for (const { receiver, waiting, dead, oldestMs } of await this.durable.counts()) {
      this.messages.set({ receiver, state: 'waiting' }, waiting);
      this.messages.set({ receiver, state: 'dead' }, dead);
      this.lag.set({ receiver }, oldestMs / 1000);
    }
    response.type(this.metrics.contentType).send(await this.metrics.metrics());
  }
}

@Module({ controllers: [MetricsController] })
export class MetricsModule {}
// #endregion
