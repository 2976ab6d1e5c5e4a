import { Module } from '@nestjs/common';
import { MailBox } from './mail-box.js';
import { MailsController } from './mails.controller.js';
import { Receipts } from './receipts.js';

@Module({ controllers: [MailsController], providers: [MailBox, Receipts] })
export class MailsModule {}
