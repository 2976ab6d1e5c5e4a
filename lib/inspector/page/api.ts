import type {
  DeadState,
  DurableAnswer,
  MessageState,
  OperationAnswer,
  OperationRequest,
  PageError,
  PageState,
} from '../page-types.ts';

/** @throws {Error} with a message that can be shown, if the answer is not the one that was asked for. */
async function answer<Answer>(path: string, init?: RequestInit): Promise<Answer> {
  const response = await fetch(`api/${path}`, { cache: 'no-store', credentials: 'same-origin', ...init });
  const body: unknown = await response.json().catch(() => undefined);
  if (response.ok) return body as Answer;
  throw new Error(messageOf(body) ?? `The application answers ${response.status}.`);
}

function messageOf(body: unknown): string | undefined {
  const { error, message } = (body ?? {}) as Partial<PageError> & { message?: unknown };
  if (typeof error === 'object') return `${error.code}: ${error.message}`;
  return typeof message === 'string' ? message : undefined;
}

/** The requests of the page; their addresses are relative to it. */
export const api = {
  state: (signal?: AbortSignal) => answer<PageState>('state', { signal }),
  durable: (signal?: AbortSignal) => answer<DurableAnswer>('durable', { signal }),
  dead: (filter: DeadFilter, signal?: AbortSignal) => answer<DeadState>(`dead?${query(filter)}`, { signal }),
  message: (id: string, signal?: AbortSignal) => answer<MessageState>(`message?${query({ id })}`, { signal }),
  operate: (request: OperationRequest) =>
    answer<OperationAnswer>('operations', {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-signals-inspector': '1' },
      body: JSON.stringify(request),
    }),
};

export interface DeadFilter {
  readonly receiver?: string;
  readonly text?: string;
  readonly limit?: number;
}

function query(values: object): string {
  const given = Object.entries(values).filter(([, value]) => value !== undefined && value !== '');
  return new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
}
