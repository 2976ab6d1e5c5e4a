// #region webhooks
import { Inject, Injectable } from '@nestjs/common';
import { durable, type Message, OnSignal, PermanentFailure, type PayloadOf, PostSave } from 'nestjs-signals';
import { Product } from './entities.js';

export const WEBHOOK_URL = Symbol('the URL of the partner');

@Injectable()
export class Webhooks {
  constructor(@Inject(WEBHOOK_URL) private readonly url: string) {}

  @OnSignal(PostSave, {
    sender: Product,
    fields: ['name'],
    uid: 'webhooks.product',
    delivery: durable({
      retryLimit: 10,
      transaction: false,
      key: ({ instance }: PayloadOf<PostSave, Product>) => String(instance.id),
    }),
  })
  async post({ instance }: PayloadOf<PostSave, Product>, { id }: Message): Promise<void> {
    const response = await fetch(this.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': id },
      body: JSON.stringify({ id: instance.id, name: instance.name }),
      signal: AbortSignal.timeout(10_000),
    });
    const answer = `${this.url} answered ${response.status}`;
    if (response.status >= 400 && response.status < 500) throw new PermanentFailure(answer); // no retry would help
    if (!response.ok) throw new Error(answer);
  }
}
// #endregion
