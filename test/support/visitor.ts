/** A browser in the raw: its cookies in the open, its answers with headers, redirects not followed. */

export interface Answer {
  status: number;
  headers: Headers;
  text: string;
}

export interface Visitor {
  cookies: Map<string, string>;
  get(path: string, headers?: Record<string, string>): Promise<Answer>;
  /** Sends a form with the token of the page got last, unless the fields bring another. */
  post(path: string, fields?: Record<string, string>, headers?: Record<string, string>): Promise<Answer>;
  /** Values of every Set-Cookie of the last answer. */
  setCookies: string[];
}

export function createVisitor(url: string): Visitor {
  let csrf = '';
  const visitor: Visitor = {
    cookies: new Map(),
    setCookies: [],
    get: (path, headers) => send(path, { headers: headers ?? {} }),
    post: (path, fields = {}, headers = {}) =>
      send(path, { method: 'POST', headers, body: new URLSearchParams({ csrf, ...fields }) }),
  };
  async function send(path: string, init: RequestInit): Promise<Answer> {
    const headers = new Headers({ Accept: 'text/html', ...Object.fromEntries(new Headers(init.headers)) });
    const cookie = Array.from(visitor.cookies, ([name, value]) => `${name}=${value}`).join('; ');
    if (cookie !== '') headers.set('Cookie', cookie);
    const answer = await fetch(new URL(path, url), { ...init, headers, redirect: 'manual' });
    visitor.setCookies = answer.headers.getSetCookie();
    for (const line of visitor.setCookies) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (/max-age=0\b/i.test(line)) visitor.cookies.delete(name);
      else visitor.cookies.set(name, value);
    }
    const text = await answer.text();
    csrf = /name="csrf" value="([^"]+)"/.exec(text)?.[1] ?? csrf;
    return { status: answer.status, headers: answer.headers, text };
  }
  return visitor;
}

/** A visitor that signed in. */
export async function signedIn(url: string, email: string, password: string): Promise<Visitor> {
  const visitor = createVisitor(url);
  await visitor.get('/sign-in');
  const answer = await visitor.post('/sign-in', { email, password });
  if (answer.status !== 303) throw new Error(`signing in answered ${answer.status}`);
  await visitor.get('/');
  return visitor;
}
