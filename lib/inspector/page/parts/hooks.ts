import { useCallback, useEffect, useRef, useState } from 'preact/hooks';

/** An answer of the server, as it was last received, and what went wrong since. */
export interface Asked<Answer> {
  readonly answer: Answer | undefined;
  readonly error: string | undefined;
  /** Asks at once. */
  readonly again: () => void;
}

/** Asks the server now, whenever `key` changes, and every `everyMs` while the page is looked at. */
export function useAsked<Answer>(
  ask: (signal: AbortSignal) => Promise<Answer>,
  { key = '', everyMs }: { readonly key?: string; readonly everyMs?: number } = {},
): Asked<Answer> {
  const [state, setState] = useState<{ answer?: Answer; error?: string }>({});
  const [turn, setTurn] = useState(0);
  const latest = useRef(ask);
  latest.current = ask;
  useEffect(() => {
    const aborting = new AbortController();
    const run = () =>
      latest.current(aborting.signal).then(
        answer => setState({ answer }),
        (error: unknown) => {
          if (!aborting.signal.aborted) setState(({ answer }) => ({ answer, error: messageOf(error) }));
        },
      );
    void run();
    const timer = everyMs && setInterval(() => document.hidden || void run(), everyMs);
    return () => {
      aborting.abort();
      if (timer) clearInterval(timer);
    };
  }, [key, everyMs, turn]);
  const again = useCallback(() => setTurn(last => last + 1), []);
  return { answer: state.answer, error: state.error, again };
}

export function messageOf(error: unknown): string {
  if (error instanceof TypeError) return 'The application does not answer.';
  return error instanceof Error ? error.message : String(error);
}

/** The value after it has stayed the same for a while, so that not every key that is pressed asks the server. */
export function useSettled<Value>(value: Value, ms: number): Value {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), ms);
    return () => clearTimeout(timer);
  }, [value, ms]);
  return settled;
}

/** The part of the address after `#`, decoded: `durable/42` is `['durable', '42']`. */
export function useRoute(): readonly string[] {
  const [hash, setHash] = useState(location.hash);
  useEffect(() => {
    const look = () => setHash(location.hash);
    addEventListener('hashchange', look);
    return () => removeEventListener('hashchange', look);
  }, []);
  return hash.slice(1).split('/').map(decoded);
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** `#durable/42` */
export function addressOf(...parts: readonly string[]): string {
  return `#${parts.map(encodeURIComponent).join('/')}`;
}
