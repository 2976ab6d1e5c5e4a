import { EntityManager } from '@mikro-orm/postgresql';
import { Injectable } from '@nestjs/common';
import { type Message, OnSignal, type PayloadOf, PostDelete } from 'nestjs-signals';
import { Customer } from '../customers/customer.entity.js';
import { note } from '../journal.js';
import { Mail } from './mail.entity.js';

/** The mails of a customer. Nothing but the address ties them together, so no foreign key cleans up. */
@Injectable()
export class MailBox {
  constructor(private readonly em: EntityManager) {}

  @OnSignal(PostDelete, { sender: Customer })
  async empty({ instance }: PayloadOf<PostDelete, Customer>, message: Message): Promise<void> {
    const deleted = await this.em.nativeDelete(Mail, { recipient: instance.email });
    note(message, `Customer #${instance.id}`, `mails deleted: ${deleted}`);
  }

  /** The newest first. */
  of({ email }: Customer): Promise<Mail[]> {
    return this.em.find(Mail, { recipient: email }, { orderBy: { id: 'desc' } });
  }
}
