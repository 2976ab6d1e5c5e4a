import { Module } from '@nestjs/common';
import { CustomersController } from './customers.controller.js';
import { CustomersService } from './customers.service.js';
import { EmailAddresses } from './email-addresses.js';

@Module({
  controllers: [CustomersController],
  providers: [CustomersService, EmailAddresses],
  exports: [CustomersService],
})
export class CustomersModule {}
