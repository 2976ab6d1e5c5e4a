import { pgBoss } from 'nestjs-signals/pg-boss';
import { inProcess } from 'nestjs-signals/testing';

/** Every engine of durable messages, by name: what a user sees of them is alike. */
export const engines = [
  ['pgBoss', pgBoss],
  ['inProcess', inProcess],
] as const;
