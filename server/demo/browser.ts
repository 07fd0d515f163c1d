/** A browser as small as the demo needs: cookies by host, forms found in pages, redirects followed by hand. */

export interface Page {
  url: URL;
  status: number;
  html: string;
}

export interface Form {
  action: URL;
  fields: URLSearchParams;
  isMultipart: boolean;
  /** Text of its buttons. */
  buttons: string[];
}

export interface Browser {
  open(address: string | URL): Promise<Page>;
  /** Sends the form whose button reads like this, with some fields filled. Throws when the page has no such form. */
  press(page: Page, button: RegExp, fields?: Record<string, string>): Promise<Page>;
}

const maxRedirects = 10;

export function createBrowser(): Browser {
  // Browsers keep cookies by host and ignore ports; so does this one.
  const jars = new Map<string, Map<string, string>>();

  const send = async (url: URL, init: RequestInit, redirects = 0): Promise<Page> => {
    const jar = jars.get(url.hostname) ?? new Map<string, string>();
    jars.set(url.hostname, jar);
    const headers = new Headers(init.headers);
    if (jar.size > 0)
      headers.set('Cookie', Array.from(jar, ([name, value]) => `${name}=${value}`).join('; '));
    headers.set('Accept', 'text/html');
    const answer = await fetch(url, { ...init, headers, redirect: 'manual' });
    for (const cookie of answer.headers.getSetCookie()) keep(jar, cookie);
    const location = answer.headers.get('location');
    if (answer.status >= 300 && answer.status < 400 && location !== null) {
      if (redirects >= maxRedirects) throw new Error(`${url.origin} redirects for ever`);
      return send(new URL(location, url), {}, redirects + 1);
    }
    return { url, status: answer.status, html: await answer.text() };
  };

  return {
    open: (address) => send(new URL(address), {}),
    press: (page, button, fields = {}) => {
      const form = findForm(page, button);
      for (const [name, value] of Object.entries(fields)) form.fields.set(name, value);
      const body = form.isMultipart ? asFormData(form.fields) : form.fields;
      return send(form.action, { method: 'POST', body, headers: { Origin: page.url.origin } });
    },
  };
}

/** The form of the page with a button that reads like this. */
export function findForm(page: Page, button: RegExp): Form {
  const forms = Array.from(
    page.html.matchAll(/<form\b([^>]*)>([\s\S]*?)<\/form>/g),
    ([, head = '', body = '']) => ({
      action: new URL(attribute(head, 'action') ?? page.url.href, page.url),
      fields: fieldsOf(body),
      isMultipart: attribute(head, 'enctype') === 'multipart/form-data',
      buttons: Array.from(body.matchAll(/<button\b[^>]*>([\s\S]*?)<\/button>/g), ([, label = '']) =>
        textOf(label),
      ),
      body,
    }),
  );
  const found = forms.find((form) => form.buttons.some((label) => button.test(label)));
  if (!found)
    throw new Error(`The page ${page.url.pathname} has no button ${button.source} (status ${page.status})`);
  const pressed = Array.from(found.body.matchAll(/<button\b([^>]*)>([\s\S]*?)<\/button>/g)).find(
    ([, , label = '']) => button.test(textOf(label)),
  );
  const name = attribute(pressed?.[1] ?? '', 'name');
  if (name !== undefined) found.fields.set(name, attribute(pressed?.[1] ?? '', 'value') ?? '');
  return found;
}

/** The first link of the page whose address fits. */
export function findLink(page: Page, address: RegExp): URL | undefined {
  const found = Array.from(page.html.matchAll(/<a\b([^>]*)>/g), ([, head = '']) =>
    attribute(head, 'href'),
  ).find((href) => href !== undefined && address.test(href));
  return found === undefined ? undefined : new URL(found, page.url);
}

/** What a person reads. */
export function textOf(html: string): string {
  return unescapeHtml(html.replace(/<[^>]*>/g, ' '))
    .replace(/\s+/g, ' ')
    .trim();
}

function fieldsOf(body: string): URLSearchParams {
  const fields = new URLSearchParams();
  for (const [, head = ''] of body.matchAll(/<input\b([^>]*)>/g)) {
    const name = attribute(head, 'name');
    const type = attribute(head, 'type') ?? 'text';
    const isOff = (type === 'checkbox' || type === 'radio') && !/\schecked\b/.test(head);
    if (name !== undefined && type !== 'submit' && type !== 'file' && !isOff) {
      fields.append(name, attribute(head, 'value') ?? '');
    }
  }
  for (const [, head = '', text = ''] of body.matchAll(/<textarea\b([^>]*)>([\s\S]*?)<\/textarea>/g)) {
    fields.append(attribute(head, 'name') ?? '', unescapeHtml(text.replace(/^\r?\n/, '')));
  }
  for (const [, head = '', options = ''] of body.matchAll(/<select\b([^>]*)>([\s\S]*?)<\/select>/g)) {
    const all = Array.from(options.matchAll(/<option\b([^>]*)>/g), ([, option = '']) => option);
    const chosen =
      all.find((option) => /\sselected\b/.test(option)) ??
      all.find((option) => attribute(option, 'value') !== '');
    if (chosen !== undefined) fields.append(attribute(head, 'name') ?? '', attribute(chosen, 'value') ?? '');
  }
  return fields;
}

function asFormData(fields: URLSearchParams): FormData {
  const data = new FormData();
  for (const [name, value] of fields) data.append(name, value);
  return data;
}

function keep(jar: Map<string, string>, cookie: string): void {
  const [pair = '', ...attributes] = cookie.split(';');
  const at = pair.indexOf('=');
  const name = pair.slice(0, at).trim();
  if (attributes.some((text) => /^\s*max-age=0\s*$/i.test(text))) jar.delete(name);
  else jar.set(name, pair.slice(at + 1).trim());
}

function attribute(head: string, name: string): string | undefined {
  const value = new RegExp(`\\s${name}="([^"]*)"`).exec(` ${head}`)?.[1];
  return value === undefined ? undefined : unescapeHtml(value);
}

function unescapeHtml(text: string): string {
  const names: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', nbsp: ' ' };
  return text.replace(/&(?:#x([0-9a-f]+)|#(\d+)|([a-z]+));/gi, (whole, hex, decimal, name) => {
    if (hex !== undefined) return String.fromCodePoint(Number.parseInt(hex, 16));
    if (decimal !== undefined) return String.fromCodePoint(Number(decimal));
    return names[name] ?? whole;
  });
}
