import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';

const derive = promisify<string, Buffer, number, Buffer>(scrypt);

const SALT_BYTES = 16;
const KEY_BYTES = 64;

/** The text to store instead of a password: a random salt, and the scrypt hash of both. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  const key = await derive(password.normalize('NFKC'), salt, KEY_BYTES);
  return `${salt.toString('base64')}:${key.toString('base64')}`;
}

/** Takes as long for a wrong password as for the right one, and without a hash as with one. */
export async function isPasswordOf(hash: string | undefined, password: string): Promise<boolean> {
  const [salt = Buffer.alloc(SALT_BYTES), key = Buffer.alloc(KEY_BYTES)] = (hash ?? '')
    .split(':')
    .filter(part => part !== '')
    .map(part => Buffer.from(part, 'base64'));
  const isSame = timingSafeEqual(await derive(password.normalize('NFKC'), salt, KEY_BYTES), key);
  return hash !== undefined && isSame;
}
