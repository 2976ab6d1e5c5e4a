import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { usePage } from './page.ts';
import { spanOf, visible } from './text.ts';

/** A text that others have written: kept apart from the direction of what stands around it, and nothing in it unseen. */
export function Text({ of: text, class: look }: { readonly of: string; readonly class?: string }) {
  const shown = <bdi>{visible(text)}</bdi>;
  return look === undefined ? shown : <span class={look}>{shown}</span>;
}

/** A name of code, such as a signal or a receiver. */
export function Name({ of: name, strong = false }: { readonly of: string; readonly strong?: boolean }) {
  return (
    <code class={strong ? 'name strong' : 'name'}>
      <Text of={name} />
    </code>
  );
}

export function Badge({ tone, children }: { readonly tone: 'bad' | 'warn' | 'calm'; readonly children: string }) {
  return <span class={`badge ${tone}`}>{children}</span>;
}

export function Span({ ms }: { readonly ms: number }) {
  const { slowMs } = usePage();
  return <span class={ms > slowMs ? 'ms slow' : 'ms'}>{spanOf(ms)}</span>;
}

interface CallLineProps {
  readonly look: string;
  readonly sign: string;
  readonly receiver: string;
  readonly children: ComponentChildren;
}

/** One line of a list of calls. */
export function CallLine({ look, sign, receiver, children }: CallLineProps) {
  return (
    <li class={`call ${look}`}>
      <span class="sign" aria-hidden="true">
        {sign}
      </span>
      <Name of={receiver} />
      {children}
    </li>
  );
}

/** Says why there is nothing, and what changes that. */
export function Empty({ title, children }: { readonly title: string; readonly children?: ComponentChildren }) {
  return (
    <div class="empty">
      <p class="empty-title">{title}</p>
      {children && <p>{children}</p>}
    </div>
  );
}

export function Problem({ error }: { readonly error: string | undefined }) {
  return (
    <div role="alert">
      {error !== undefined && (
        <p class="problem">
          <Text of={error} />
        </p>
      )}
    </div>
  );
}

/** Names with their values, one below the other. */
export function Facts({ of: facts }: { readonly of: readonly (readonly [string, ComponentChildren])[] }) {
  return (
    <dl class="facts">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{typeof value === 'string' ? <Text of={value} /> : value}</dd>
        </div>
      ))}
    </dl>
  );
}

const QUIET_MS = 5000;

/** Read out by screen readers, at most once in five seconds. */
export function Announcer({ text }: { readonly text: string }) {
  const [said, setSaid] = useState('');
  useEffect(() => {
    if (text === said) return;
    const timer = setTimeout(() => setSaid(text), said === '' ? 0 : QUIET_MS);
    return () => clearTimeout(timer);
    // A new text does not start the pause again: the last one is said at its end.
  }, [text === said, said]);
  return (
    <p class="unseen" role="status">
      {said}
    </p>
  );
}

interface SearchProps {
  readonly label: string;
  readonly value: string;
  readonly onValue: (value: string) => void;
  readonly placeholder?: string;
}

export function Search({ label, value, onValue, placeholder }: SearchProps) {
  return (
    <label class="field">
      <span>{label}</span>
      <input
        type="search"
        value={value}
        placeholder={placeholder}
        spellcheck={false}
        autocomplete="off"
        onInput={({ currentTarget }) => onValue(currentTarget.value)}
      />
    </label>
  );
}

interface ChoiceProps<Value extends string> {
  readonly label: string;
  readonly value: Value;
  readonly options: Readonly<Record<Value, string>>;
  readonly onValue: (value: Value) => void;
}

/** One of few, as buttons of which one is pressed. */
export function Choice<Value extends string>({ label, value, options, onValue }: ChoiceProps<Value>) {
  return (
    <div class="choice" role="group" aria-label={label}>
      {(Object.keys(options) as Value[]).map(option => (
        <button type="button" key={option} aria-pressed={option === value} onClick={() => onValue(option)}>
          {options[option]}
        </button>
      ))}
    </div>
  );
}
