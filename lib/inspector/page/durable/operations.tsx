import { useEffect, useRef, useState } from 'preact/hooks';
import type { OperationRequest } from '../../page-types.ts';
import { api } from '../api.ts';
import { messageOf } from '../parts/hooks.ts';
import { Problem } from '../parts/parts.tsx';
import { usePage } from '../parts/page.ts';
import { counted } from '../parts/text.ts';

/** The end of an operation: its effect, or why it was refused. */
interface Outcome {
  readonly done?: string;
  readonly error?: string;
}

export type Run = (request: OperationRequest) => Promise<void>;

/** Retries and removes dead messages, and keeps what came of it. */
export function useOperations(onChange: () => void) {
  const [outcome, setOutcome] = useState<Outcome>({});
  const run: Run = async request => {
    try {
      const { count } = await api.operate(request);
      const what = request.operation === 'retry' ? 'will be retried' : 'removed';
      setOutcome({ done: `${counted(count, 'message')} ${what}` });
    } catch (cause) {
      setOutcome({ error: messageOf(cause) });
    }
    onChange();
  };
  return { outcome, run };
}

/** The button that was pressed may be gone with its message: the focus comes here. */
export function OutcomeLine({ outcome }: { readonly outcome: Outcome }) {
  const line = useRef<HTMLParagraphElement>(null);
  useEffect(() => {
    if (outcome.done !== undefined) line.current?.focus();
  }, [outcome]);
  return (
    <>
      <Problem error={outcome.error} />
      <p class="outcome" role="status" tabIndex={-1} ref={line}>
        {outcome.done ?? ''}
      </p>
    </>
  );
}

interface ButtonsProps {
  readonly request: Omit<OperationRequest, 'operation'>;
  readonly run: Run;
  /** The messages that it is about: `all 3 messages`. */
  readonly about: string;
  readonly label?: string;
}

/** Retry runs at once; remove asks first. Nothing is there where operations are off. */
export function OperationButtons({ request, run, about, label = '' }: ButtonsProps) {
  const { operations } = usePage();
  const [asks, setAsks] = useState(false);
  if (!operations) return null;
  return (
    <span class="operations">
      <button type="button" class="small" onClick={() => void run({ operation: 'retry', ...request })}>
        Retry{label}
        <span class="unseen"> {about}</span>
      </button>
      <button type="button" class="small" onClick={() => setAsks(true)}>
        Remove{label}
        <span class="unseen"> {about}</span>
      </button>
      {asks && (
        <Question
          title={`Remove ${about}?`}
          onAnswer={isYes => {
            setAsks(false);
            if (isYes) void run({ operation: 'remove', ...request });
          }}
        />
      )}
    </span>
  );
}

function Question({ title, onAnswer }: { readonly title: string; readonly onAnswer: (isYes: boolean) => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  // Closed first, so that the focus is back where it was; Escape closes it, too.
  const closed = () => onAnswer(dialog.current?.returnValue === 'yes');
  return (
    <dialog ref={dialog} aria-labelledby="question-title" onClose={closed}>
      <h2 id="question-title">{title}</h2>
      <p>A message that is removed is never delivered, and cannot be brought back.</p>
      <p class="answers">
        <button type="button" onClick={() => dialog.current?.close()}>
          Keep
        </button>
        <button type="button" class="danger" onClick={() => dialog.current?.close('yes')}>
          Remove
        </button>
      </p>
    </dialog>
  );
}
