import { Module } from '@nestjs/common';
import { Log } from './log.js';
import { MailsService } from './mails.service.js';
import { OrdersService } from './orders.service.js';
import { StockService } from './stock.service.js';

@Module({
  providers: [
    Log,
    OrdersService, // sends
    StockService,
    MailsService,
  ],
})
export class OrdersModule {}
