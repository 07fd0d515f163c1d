/** Canonical reading of a request: base URL and the decoded parameters of query and form body. Pure. */
import { OAuth1Refusal } from './refusal.ts';

export type Pair = readonly [name: string, value: string];

/** A request before it is signed; the bytes of `body` are the ones that will be sent. */
export interface SignableRequest {
  method: string;
  /** Text, or the URL read from it; a fragment is never sent. */
  url: string | URL;
  headers: readonly Pair[];
  body: Uint8Array | null;
}

/** A parameter of the signature with the place it came from. */
export interface Parameter {
  name: string;
  value: string;
  origin: 'query' | 'body' | 'protocol';
}

const httpToken = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/** Characters that RFC 3986 keeps out of every URI; in a form body they show that it was not form-encoded. */
const notFormEncoded = /[^\x21-\x7e]|["<>\\^`{|}]/;

/** The method in upper case, as it is signed and must be sent (RFC 5849 §3.4.1.1). */
export function readMethod(method: string): string {
  if (!httpToken.test(method)) {
    throw new OAuth1Refusal('method_invalid', 'The method is not an HTTP token such as GET');
  }
  return method.toUpperCase();
}

/** The URL as any HTTP client reads it; its fragment, if any, is neither sent nor signed. */
export function readUrl(given: string | URL): URL {
  const url = typeof given === 'string' ? parseUrl(given) : given;
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    throw new OAuth1Refusal('url_scheme', 'Only http and https URLs can be signed');
  }
  if (url.username !== '' || url.password !== '') {
    throw new OAuth1Refusal('url_userinfo', 'The URL carries a user name or password before its host');
  }
  return url;
}

/** What is sent: the URL without its fragment. */
export function wireUrlOf({ href }: URL): string {
  const fragment = href.indexOf('#');
  return fragment < 0 ? href : href.slice(0, fragment);
}

/** Scheme, host, port unless default, and path: the base string URI of RFC 5849 §3.4.1.2. */
export function baseUrlOf(url: URL): string {
  return `${url.origin}${url.pathname}`;
}

/** Parameters of query, then form body, decoded, in order (RFC 5849 §3.4.1.3.1); other bodies have none. */
export function readParameters(url: URL, request: SignableRequest): Parameter[] {
  const inQuery = decodePairs(url.search.slice(1), 'query');
  const form = formTextOf(request);
  const inBody = form === undefined ? [] : decodePairs(form, 'body');
  return [...inQuery, ...inBody];
}

/** Refuses names that only the signer may set (RFC 5849 §3.1, §3.5), however they were escaped. */
export function refuseProtocolNames(parameters: readonly Parameter[]): void {
  for (const { name, origin } of parameters) {
    if (!name.startsWith('oauth_')) continue;
    const code = origin === 'query' ? 'protocol_parameter_in_query' : 'protocol_parameter_in_body';
    throw new OAuth1Refusal(
      code,
      `A parameter of the ${origin} begins with oauth_; only the signer sets those`,
    );
  }
}

/** Whether the request has a body whose media type is exactly that of forms; its parameters are then signed. */
export function hasFormBody({ headers, body }: Pick<SignableRequest, 'headers' | 'body'>): boolean {
  return mediaTypeOf(headers) === 'application/x-www-form-urlencoded' && body !== null;
}

/** The media type in lower case, without parameters; undefined where no Content-Type is given. */
function mediaTypeOf(headers: readonly Pair[]): string | undefined {
  const types = headers.filter(([name]) => name.toLowerCase() === 'content-type');
  const type = types[0]?.[1];
  // A comma outside quotes joins two types, as proxies write what came in two headers.
  if (types.length > 1 || type?.replace(/"(?:[^"\\]|\\.)*"/g, '').includes(',')) {
    throw new OAuth1Refusal('content_type_doubled', 'The request has more than one Content-Type');
  }
  return type?.split(';')[0]?.trim().toLowerCase();
}

/** Refuses text that has no UTF-8 form; `what` names it in the message. */
export function checkEncodable(text: string, what: string): void {
  if (!text.isWellFormed()) {
    throw new OAuth1Refusal('text_not_encodable', `${what} holds half of a surrogate pair`);
  }
}

function parseUrl(text: string): URL {
  checkEncodable(text, 'The URL');
  try {
    return new URL(text);
  } catch {
    throw new OAuth1Refusal('url_invalid', 'The URL is not an absolute URL');
  }
}

function formTextOf(request: SignableRequest): string | undefined {
  if (!hasFormBody(request) || request.body === null) return undefined;
  const text = Buffer.from(request.body).toString('latin1');
  if (notFormEncoded.test(text)) {
    throw new OAuth1Refusal('body_not_decodable', 'The body is not form-encoded as its Content-Type says');
  }
  return text;
}

function decodePairs(text: string, origin: 'query' | 'body'): Parameter[] {
  const parameters: Parameter[] = [];
  for (const pair of text.split('&')) {
    if (pair === '') continue;
    const equals = pair.indexOf('=');
    const name = equals < 0 ? pair : pair.slice(0, equals);
    const value = equals < 0 ? '' : pair.slice(equals + 1);
    parameters.push({ name: decode(name, origin), value: decode(value, origin), origin });
  }
  return parameters;
}

function decode(text: string, origin: 'query' | 'body'): string {
  if (!text.includes('%') && !text.includes('+')) return text;
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    const code = origin === 'query' ? 'query_not_decodable' : 'body_not_decodable';
    throw new OAuth1Refusal(code, `The ${origin} has a percent-escape that is not UTF-8 text`);
  }
}
