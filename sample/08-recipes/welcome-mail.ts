// #region welcome
import { Injectable } from '@nestjs/common';
import { durable, type Message, OnSignal, type PayloadOf, PostSave } from 'nestjs-signals';
import { Customer } from './entities.js';

/** Stands for your mail service, which must know each id once. */
@Injectable()
export class Mailer {
  readonly sent = new Map<string, string>();

  send(id: string, to: string): void {
    this.sent.set(id, to);
  }
}

@Injectable()
export class WelcomeMail {
  constructor(private readonly mailer: Mailer) {}

  @OnSignal(PostSave, {
    sender: Customer,
    when: ({ created }) => created,
    uid: 'mails.welcome',
    delivery: durable({ transaction: false }),
  })
  send({ instance }: PayloadOf<PostSave, Customer>, { id }: Message): void {
    this.mailer.send(id, instance.email);
  }
}
// #endregion
