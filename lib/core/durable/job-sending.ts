import type { SignalChannel as Channel } from '../registry.js';
import type { SignalContext } from '../message/message.js';
import { type Scope, Sending } from '../dispatch/sending.js';
import type { Tenant } from '../message/tenant.js';

/** What a stored message says of its send. */
export interface JobFacts {
  readonly id: string;
  readonly context: Readonly<SignalContext>;
  readonly causedBy: string | undefined;
  readonly attempt: number;
  readonly missing: boolean;
  readonly tenant: Tenant | undefined;
}

/** A send that a worker carries out. */
export class JobSending extends Sending {
  constructor(
    channel: Channel,
    sender: unknown,
    payload: object,
    scope: Scope | undefined,
    private readonly facts: JobFacts,
  ) {
    super(channel, sender, payload, {}, scope);
  }

  override get id(): string {
    return this.facts.id;
  }

  override get context(): Readonly<SignalContext> {
    return this.facts.context;
  }

  override captureContext(): void {}

  override get tenant(): Tenant | undefined {
    return this.facts.tenant;
  }

  override get causedBy(): string | undefined {
    return this.facts.causedBy;
  }

  override get attempt(): number {
    return this.facts.attempt;
  }

  override get missing(): boolean {
    return this.facts.missing;
  }
}
