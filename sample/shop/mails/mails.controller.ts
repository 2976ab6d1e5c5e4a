import { Controller, Get, UseGuards } from '@nestjs/common';
import { Customer } from '../customers/customer.entity.js';
import { CurrentCustomer } from '../sessions/current-customer.js';
import { LoggedInGuard } from '../sessions/logged-in.guard.js';
import { MailBox } from './mail-box.js';
import type { Mail } from './mail.entity.js';

@UseGuards(LoggedInGuard)
@Controller('mails')
export class MailsController {
  constructor(private readonly mailBox: MailBox) {}

  @Get()
  list(@CurrentCustomer() customer: Customer): Promise<Mail[]> {
    return this.mailBox.of(customer);
  }
}
