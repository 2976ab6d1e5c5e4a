import { Module } from '@nestjs/common';
import { EventEmitterModule } from '@nestjs/event-emitter';
import { OrdersModule } from './orders.module.js';

@Module({ imports: [EventEmitterModule.forRoot({ wildcard: true }), OrdersModule] })
export class AppModule {}
