/** An answer of the shop. */
export interface Answer {
  readonly status: number;
  // oxlint-disable-next-line typescript/no-explicit-any -- JSON of any shape
  readonly body: any;
}

/** A visitor who uses the shop over HTTP, and keeps its cookie as a browser does; a program shows its token instead. */
export class Visitor {
  token: string | undefined;
  private cookie = '';

  constructor(private readonly shop: { readonly url: string }) {}

  get(path: string): Promise<Answer> {
    return this.ask('GET', path);
  }

  post(path: string, body: unknown = {}): Promise<Answer> {
    return this.ask('POST', path, JSON.stringify(body));
  }

  delete(path: string): Promise<Answer> {
    return this.ask('DELETE', path);
  }

  private async ask(method: string, path: string, body?: string): Promise<Answer> {
    const shown = this.token === undefined ? { cookie: this.cookie } : { authorization: `Bearer ${this.token}` };
    const headers = { ...shown, 'content-type': 'application/json' };
    const response = await fetch(this.shop.url + path, { method, headers, body });
    this.cookie = response.headers.getSetCookie().at(-1)?.split(';')[0] ?? this.cookie;
    const text = await response.text();
    return { status: response.status, body: text === '' ? undefined : JSON.parse(text) };
  }
}
