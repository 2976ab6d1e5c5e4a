import { defineEntity, p } from '@mikro-orm/postgresql';

const MailSchema = defineEntity({
  name: 'Mail',
  properties: {
    id: p.integer().primary(),
    sentAt: p.datetime().onCreate(() => new Date()),
    recipient: p.string().index(),
    subject: p.string(),
    text: p.text(),
  },
});

/** A mail that the shop has sent: it is written down instead. */
export class Mail extends MailSchema.class {}
MailSchema.setClass(Mail);
