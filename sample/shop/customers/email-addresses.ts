import { Injectable } from '@nestjs/common';
import { type Message, OnSignal, type PayloadOf, PreSave } from 'nestjs-signals';
import { z } from 'zod';
import { note } from '../journal.js';
import { Customer } from './customer.entity.js';

/** One address belongs to one customer, however it is typed. */
export function normalForm(address: string): string {
  return address.trim().toLowerCase();
}

/** An address is stored in its normal form, so it may be typed in any form. */
export const emailAddress = z
  .string()
  .max(254)
  .refine(text => z.email().safeParse(normalForm(text)).success, 'Invalid email address');

/** Works for all code that stores a customer: the same flush writes the changes of a receiver of PreSave. */
@Injectable()
export class EmailAddresses {
  @OnSignal(PreSave, { sender: Customer, fields: ['email'] })
  normalise({ instance }: PayloadOf<PreSave, Customer>, message: Message): void {
    const given = instance.email;
    instance.email = normalForm(given);
    if (instance.email !== given) note(message, 'Customer', `writes "${given}" as "${instance.email}"`);
  }
}
