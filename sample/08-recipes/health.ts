// #region health
import { Controller, Get, Inject, Module } from '@nestjs/common';
import { HealthCheck, HealthCheckService, TerminusModule } from '@nestjs/terminus';
import { DurableSignals } from 'nestjs-signals/pg-boss';

@Controller('health')
export class HealthController {
  constructor(
    @Inject(HealthCheckService) private readonly health: HealthCheckService,
    @Inject(DurableSignals) private readonly durable: DurableSignals,
  ) {}

  @Get()
  @HealthCheck()
  check() {
    return this.health.check([() => this.durable.health({ maxDead: 0, maxOldestMs: 60_000 })]);
  }
}

@Module({ imports: [TerminusModule], controllers: [HealthController] })
export class HealthModule {}
// #endregion
