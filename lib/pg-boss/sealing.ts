import { badOption, type ShownError } from '../core/index.js';
import { type MessageFilter, type StoredMessage, unreadable } from '../durable/index.js';

/** Bytes that cannot be read without a key, and which key that is. */
export interface Sealed {
  /** The id of the key that opens them. */
  readonly keyId: string;
  /** The encrypted bytes. */
  readonly bytes: Uint8Array;
}

/** Encrypts what is stored, before it reaches the database. */
export type Seal = (bytes: Uint8Array) => Sealed | Promise<Sealed>;

/** Decrypts what `Seal` has made, with the key of this id. */
export type Open = (bytes: Uint8Array, keyId: string) => Uint8Array | Promise<Uint8Array>;

type StoredSeal = NonNullable<StoredMessage['sealed']>;

type Sealable = Pick<StoredMessage, 'payload' | 'sender' | 'context'>;

/** Seals messages and errors where the application has said how, and leaves them as they are where it has not. */
export class Sealing {
  constructor(
    private readonly seal: Seal | undefined,
    private readonly opener: Open | undefined,
  ) {}

  get isOn(): boolean {
    return this.seal !== undefined;
  }

  /** The payload, the sender that is a value, and the context. */
  async close(message: StoredMessage): Promise<StoredMessage> {
    if (!this.seal) return message;
    const { payload, sender, context, ...open } = message;
    return { ...open, payload: null, sealed: await this.sealed(this.seal, { payload, sender, context }) };
  }

  /** @throws {SignalError} `PAYLOAD_INVALID`, and what the application's `open` throws. */
  readonly open = async (message: StoredMessage): Promise<StoredMessage> =>
    message.sealed ? { ...message, ...((await this.opened(message.sealed)) as Sealable) } : message;

  /** Never rejects: what failed must be settled. */
  async closeError(error: ShownError): Promise<ShownError> {
    if (!this.seal) return error;
    try {
      return { message: '', sealed: await this.sealed(this.seal, error) } as ShownError;
    } catch (further) {
      return { message: `an error that could not be sealed: ${String(further)}` };
    }
  }

  /** An error that cannot be opened is no reason to show no other. */
  async openError(error: ShownError): Promise<ShownError> {
    const { sealed } = error as ShownError & { readonly sealed?: StoredSeal };
    if (sealed === undefined) return error;
    try {
      return (await this.opened(sealed)) as ShownError;
    } catch (further) {
      return { message: `sealed with the key '${sealed.keyId}', which does not open it: ${String(further)}` };
    }
  }

  /** @throws {SignalError} `UNKNOWN_OPTION` */
  refuseText({ text }: MessageFilter): void {
    if (!this.isOn || text === undefined) return;
    const owner = { name: 'a filter of messages', at: () => 'DurableSignals, with pgBoss({ seal, open })' };
    const why = 'what is stored is sealed, and cannot be searched';
    throw badOption(owner, 'text', why, 'use `receiver`, `ids` or `failedBefore`.');
  }

  private async sealed(seal: Seal, value: unknown): Promise<StoredSeal> {
    const { keyId, bytes } = await seal(Buffer.from(JSON.stringify(value)));
    return { keyId, bytes: Buffer.from(bytes).toString('base64') };
  }

  private async opened({ keyId, bytes }: StoredSeal): Promise<unknown> {
    if (!this.opener) {
      const fix = 'give pgBoss({ seal, open }) to every process that delivers.';
      throw unreadable(`it is sealed with the key '${keyId}'`, fix);
    }
    const open = await this.opener(new Uint8Array(Buffer.from(bytes, 'base64')), keyId);
    return JSON.parse(Buffer.from(open).toString()) as unknown;
  }
}
