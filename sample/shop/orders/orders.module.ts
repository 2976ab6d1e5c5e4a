import { Module } from '@nestjs/common';
import { SignalsModule } from 'nestjs-signals';
import { AuditModule } from '../audit/audit.module.js';
import { OrderPlaced } from './order-placed.signal.js';
import { OrdersController } from './orders.controller.js';
import { OrdersService } from './orders.service.js';

@Module({
  imports: [SignalsModule.forFeature([OrderPlaced]), AuditModule],
  controllers: [OrdersController],
  providers: [OrdersService],
  exports: [OrdersService],
})
export class OrdersModule {}
