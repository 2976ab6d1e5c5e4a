import { once } from 'node:events';

/** Somebody who tries to log in. */
export interface Attempt {
  readonly username: string;
  readonly password: string;
  readonly headers?: Record<string, string>;
}

/** An answer, whatever it came by. */
export interface Answer {
  readonly status: number;
  readonly text: string;
  readonly token: string | null;
  /** With their values. */
  readonly cookies: readonly string[];
}

/** Ways in that are not a path. */
export const MUTATION = 'GraphQL mutation';
export const FIELDS = 'parallel query fields';
export const SOCKET = 'WebSocket by hand';

/** Tries one way in. */
export function attempt(url: string, way: string, it: Attempt, more: object = {}): Promise<Answer> {
  if (way === SOCKET) return overSocket(url, it, more);
  if (way === MUTATION) return inGraphQL(url, it, `mutation { login: login(${argumentsOf(it)}) }`);
  // Bob guesses beside, at the same time.
  const beside = `beside: guess(${argumentsOf({ username: 'bob', password: 'quietly s3cr3t-9' })})`;
  if (way === FIELDS) return inGraphQL(url, it, `{ login: guess(${argumentsOf(it)}) ${beside} }`);
  const { username, password, headers } = it;
  return overHttp(url + way, { username, password, ...more }, headers);
}

function argumentsOf({ username, password }: Attempt): string {
  return `username: ${JSON.stringify(username)}, password: ${JSON.stringify(password)}`;
}

async function overHttp(url: string, body: object, headers: Record<string, string> = {}): Promise<Answer> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  return {
    status: response.status,
    text: `${[...response.headers].join()} ${await response.text()}`,
    token: response.headers.get('x-token'),
    cookies: response.headers.getSetCookie(),
  };
}

interface FieldError {
  readonly path: readonly string[];
  readonly extensions: { readonly originalError?: { readonly statusCode?: number } };
}

/** A field has no status, but the error that it is answered with has. */
async function inGraphQL(url: string, { headers }: Attempt, query: string): Promise<Answer> {
  const answer = await overHttp(`${url}/graphql`, { query }, headers);
  const { errors = [] } = JSON.parse(answer.text.slice(answer.text.indexOf('{'))) as { errors?: FieldError[] };
  const error = errors.find(({ path }) => path[0] === 'login');
  return { ...answer, status: error ? (error.extensions.originalError?.statusCode ?? 500) : 201 };
}

async function overSocket(url: string, { username, password }: Attempt, more: object): Promise<Answer> {
  const socket = new WebSocket(url.replace('http', 'ws'));
  await once(socket, 'open');
  const answering = once(socket, 'message') as Promise<[{ data: string }]>;
  socket.send(JSON.stringify({ event: 'login', data: { username, password, ...more } }));
  const [{ data: text }] = await answering;
  const closed = once(socket, 'close');
  socket.close();
  await closed;
  const { data } = JSON.parse(text) as { data: { status: number } };
  return { status: data.status, text, token: null, cookies: [] };
}
