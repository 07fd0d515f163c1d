/** A Postman collection (v2.0, v2.1) or a single request of one, as requests. Pure. */
import { isObject, type JsonObject, own, textOf } from '../reading.ts';
import type { Remark } from '../record-type.ts';
import {
  type Findings,
  type FoundRequest,
  type Importer,
  isCredential,
  literal,
  nothingFound,
  variable,
} from './found.ts';

export const postman: Importer = {
  id: 'postman',
  title: 'Postman: collection or request',
  help: 'Exported as collection v2.1; each request becomes a behavior, each {{variable}} one of its variables.',
  recognises: (_text, json) =>
    isObject(json) &&
    (isObject(own(json, 'request')) || (isObject(own(json, 'info')) && Array.isArray(own(json, 'item')))),
  read(_text, json) {
    if (!isObject(json)) return nothingFound('', 'This is no JSON object.');
    const found: Findings = { services: [], requests: [], notes: [] };
    const auth = own(json, 'auth');
    if (own(json, 'request') !== undefined) readItem(json, '', isObject(auth) ? auth : undefined, found);
    else readItems(own(json, 'item'), '/item', isObject(auth) ? auth : undefined, found);
    return found;
  },
};

/** Folders hand their way of authenticating down. */
function readItems(items: unknown, path: string, auth: JsonObject | undefined, found: Findings): void {
  if (!Array.isArray(items)) {
    found.notes.push({ path, message: 'Requests must be a list.' });
    return;
  }
  for (const [index, item] of items.entries()) readItem(item, `${path}/${index}`, auth, found);
}

function readItem(item: unknown, path: string, inherited: JsonObject | undefined, found: Findings): void {
  if (!isObject(item)) {
    found.notes.push({ path, message: 'A request must be an object.' });
    return;
  }
  const given = own(item, 'auth');
  const auth = isObject(given) ? given : inherited;
  if (own(item, 'item') !== undefined) {
    readItems(own(item, 'item'), `${path}/item`, auth, found);
    return;
  }
  const request = own(item, 'request');
  if (typeof request === 'string') {
    found.requests.push(plain(textOf(own(item, 'name')) ?? request, request));
  } else if (isObject(request)) {
    const read = readRequest(textOf(own(item, 'name')), request, `${path}/request`, auth, found.notes);
    if (read) found.requests.push(read);
  } else found.notes.push({ path, message: 'There is no request here.' });
  for (const key of ['event', 'protocolProfileBehavior']) {
    if (own(item, key) !== undefined)
      found.notes.push({ path: `${path}/${key}`, message: 'Scripts and settings of Postman were left out.' });
  }
}

function plain(title: string, url: string): FoundRequest {
  return {
    title,
    method: 'GET',
    url: template(url),
    headers: [],
    body: '',
    needsAccount: false,
    variables: namesIn(url),
  };
}

function readRequest(
  name: string | undefined,
  request: JsonObject,
  path: string,
  inherited: JsonObject | undefined,
  notes: Remark[],
): FoundRequest | undefined {
  const url = urlOf(own(request, 'url'));
  if (url === undefined) {
    notes.push({ path: `${path}/url`, message: 'The request has no address.' });
    return undefined;
  }
  const body = bodyOf(own(request, 'body'), `${path}/body`, notes);
  if (!body) return undefined;
  const headers = pairsOf(own(request, 'header'));
  const credentials = headers.filter(([header]) => isCredential(header));
  if (credentials.length > 0) {
    notes.push({
      path: `${path}/header`,
      message: 'Credentials in headers were left out; choose a connected account.',
    });
  }
  const given = own(request, 'auth');
  const auth = isObject(given) ? given : inherited;
  const way = auth === undefined ? 'noauth' : (textOf(own(auth, 'type')) ?? 'noauth');
  if (way !== 'noauth') {
    notes.push({
      path: `${path}/auth`,
      message: `Its keys (${way}) stay in Postman; the request is sent with the connected account that you choose.`,
    });
  }
  const kept = headers.filter(([header]) => !isCredential(header));
  const hasType = kept.some(([header]) => header.toLowerCase() === 'content-type');
  if (body.type !== undefined && !hasType) kept.push(['Content-Type', body.type]);
  const method = (textOf(own(request, 'method')) ?? 'GET').toUpperCase();
  const texts = [url, body.text, ...kept.flat()];
  return {
    title: (name ?? `${method} ${url}`).slice(0, 255),
    method,
    url: template(url),
    headers: kept.map(([header, value]) => [header, template(value)] as const),
    body: template(body.text),
    needsAccount: way !== 'noauth' || credentials.length > 0,
    variables: [...new Set(texts.flatMap(namesIn))],
  };
}

function urlOf(url: unknown): string | undefined {
  const raw = typeof url === 'string' ? url : isObject(url) ? textOf(own(url, 'raw')) : undefined;
  return raw === undefined || raw.trim() === '' ? undefined : raw.trim();
}

/** Undefined when the body cannot be sent; an absent body is ''. */
function bodyOf(body: unknown, path: string, notes: Remark[]): { text: string; type?: string } | undefined {
  const mode = isObject(body) ? own(body, 'mode') : undefined;
  if (!isObject(body) || mode === undefined || own(body, 'disabled') === true) return { text: '' };
  if (mode === 'raw') {
    const options = own(body, 'options');
    const raw = isObject(options) ? own(options, 'raw') : undefined;
    const language = isObject(raw) ? own(raw, 'language') : undefined;
    const text = textOf(own(body, 'raw')) ?? '';
    return { text, type: language === 'json' ? 'application/json' : 'text/plain' };
  }
  if (mode === 'urlencoded') {
    const text = pairsOf(own(body, 'urlencoded'))
      .map(([key, value]) => `${encode(key)}=${encode(value)}`)
      .join('&');
    return { text, type: 'application/x-www-form-urlencoded' };
  }
  if (mode === 'graphql') {
    const graphql = own(body, 'graphql');
    return { text: JSON.stringify(graphql ?? {}), type: 'application/json' };
  }
  notes.push({ path, message: `A body of the mode '${String(mode)}' cannot be sent by a behavior.` });
  return undefined;
}

/** Percent-encodes all but Postman's variables. */
function encode(text: string): string {
  return text
    .split(/(\{\{[^{}]*\}\})/)
    .map((part, index) => (index % 2 === 1 ? part : encodeURIComponent(part)))
    .join('');
}

function pairsOf(list: unknown): [string, string][] {
  if (!Array.isArray(list)) return [];
  return list.flatMap((entry): [string, string][] => {
    if (!isObject(entry) || own(entry, 'disabled') === true) return [];
    const key = textOf(own(entry, 'key'));
    return key === undefined || key === '' ? [] : [[key, textOf(own(entry, 'value')) ?? '']];
  });
}

function namesIn(text: string): string[] {
  return [...text.matchAll(/\{\{\s*([^{}]+?)\s*\}\}/g)].map(([, name = '']) => name);
}

/** Postman's `{{name}}` becomes a behavior's variable; all else stays text. */
function template(text: string): string {
  return text
    .split(/(\{\{\s*[^{}]+?\s*\}\})/)
    .map((part, index) => (index % 2 === 1 ? variable(part.slice(2, -2).trim()) : literal(part)))
    .join('');
}
