import { z } from 'zod';
import { emailAddress } from './email-addresses.js';

/** The body with which a visitor becomes a customer. */
export const signUp = z.strictObject({
  name: z
    .string()
    .trim()
    .min(1)
    .max(100)
    .regex(/^\P{C}*$/u, 'Invalid name'),
  email: emailAddress,
  // A text without bounds would keep scrypt busy.
  password: z.string().min(10).max(200),
});

export type SignUp = z.infer<typeof signUp>;
