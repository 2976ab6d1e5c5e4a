import { randomBytes } from 'node:crypto';

/** Ends with the shop, and so do the tokens that are signed with it. */
export const tokenSecret = randomBytes(32).toString('hex');
