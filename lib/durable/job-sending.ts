import { type Channel, type Scope, Sending, type SignalContext, type Tenant } from '../core/index.js';

/** The facts of a send that its stored message keeps. */
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
