import { render } from 'preact';
import { useEffect, useMemo, useReducer, useState } from 'preact/hooks';
import type { PageState } from '../page-types.ts';
import { api } from './api.ts';
import { DurableView } from './durable/durable-view.tsx';
import { NowView } from './now/now-view.tsx';
import { addressOf, useAsked, useRoute } from './parts/hooks.ts';
import { Empty, Problem, Text } from './parts/parts.tsx';
import { Page } from './parts/page.ts';
import { RowsView } from './rows/rows-view.tsx';
import { SignalsView } from './signals/signals-view.tsx';
import { Stream, type StreamStatus } from './stream.ts';

const VIEWS = {
  now: { title: 'Now', Content: NowView },
  signals: { title: 'Signals', Content: SignalsView },
  durable: { title: 'Durable', Content: DurableView },
  rows: { title: 'Rows', Content: RowsView },
};
type View = keyof typeof VIEWS;

function App() {
  const [first = '', ...rest] = useRoute();
  const view = Object.hasOwn(VIEWS, first) ? (first as View) : 'now';
  const { answer: state, error } = useAsked(api.state, { key: view, everyMs: view === 'rows' ? 2000 : undefined });
  const stream = useStream();
  const page = useMemo(() => state && { ...state, stream }, [state, stream]);
  const { title, Content } = VIEWS[view];
  useEffect(() => {
    document.title = `${title} · Signals${state ? ` of ${state.application}` : ''}`;
  }, [title, state?.application]);
  return (
    <>
      <a class="skip-link" href="#main" onClick={toMain}>
        Go to the content
      </a>
      <Top view={view} state={state} status={stream.status} />
      <main id="main" tabIndex={-1}>
        <h1 class="unseen">{title}</h1>
        <Problem error={error} />
        {!page && error === undefined && <Empty title="Asking the application ..." />}
        {page && (
          <Page.Provider value={page}>
            <Content route={rest} />
          </Page.Provider>
        )}
      </main>
    </>
  );
}

function toMain(click: Event): void {
  click.preventDefault();
  document.querySelector<HTMLElement>('#main')?.focus();
}

function useStream(): Stream {
  const [, changed] = useReducer<number, void>(turn => turn + 1, 0);
  const [stream] = useState(() => new Stream(changed));
  useEffect(() => {
    stream.open();
    return () => stream.close();
  }, [stream]);
  return stream;
}

const STATUS: Readonly<Record<StreamStatus, string>> = {
  connecting: 'Connecting',
  open: 'Live',
  lost: 'Reconnecting',
};

interface TopProps {
  readonly view: View;
  readonly state: PageState | undefined;
  readonly status: StreamStatus;
}

function Top({ view, state, status }: TopProps) {
  return (
    <header class="top">
      <p class="brand">
        <span class="mark" aria-hidden="true" />
        <strong>Signals</strong>
        {state && <Text of={state.application} class="application" />}
      </p>
      <nav aria-label="Views">
        {(Object.keys(VIEWS) as View[]).map(one => (
          <a key={one} href={addressOf(one)} aria-current={one === view ? 'page' : undefined}>
            {VIEWS[one].title}
          </a>
        ))}
      </nav>
      <p class={`connection ${status}`} role="status">
        <span class="dot" aria-hidden="true" />
        {STATUS[status]}
      </p>
    </header>
  );
}

const place = document.querySelector('#page') ?? document.body.appendChild(document.createElement('div'));
render(<App />, place);
