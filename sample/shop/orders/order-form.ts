import { z } from 'zod';

const LARGEST_ID = 2 ** 31 - 1;

const rowId = z.int().positive().max(LARGEST_ID);

/** The id of an order, as a part of a path. */
export const orderId = z
  .string()
  .regex(/^\d{1,10}$/, 'Not a number')
  .transform(Number)
  .pipe(rowId);

/** The body of an order. */
export const orderForm = z.strictObject({
  lines: z
    .array(z.strictObject({ productId: rowId, quantity: z.int().positive().max(100) }))
    .min(1)
    .max(20)
    .refine(
      lines => new Set(lines.map(({ productId }) => productId)).size === lines.length,
      'A product is listed twice',
    ),
});

export type OrderForm = z.infer<typeof orderForm>;
