/** Requests to the service's interface, without authentication. Pure. */
import type { ChannelAuth, ChannelRequest } from '../channel.ts';

export type Parameters = Readonly<Record<string, string>>;

export function get(auth: ChannelAuth, url: string, query: Parameters = {}): ChannelRequest {
  return { method: 'GET', url: withQuery(url, query), headers: [accept], body: '', auth };
}

/** PUT, DELETE, and POST whose parameters stand in the query. */
export function call(
  method: 'POST' | 'PUT' | 'DELETE',
  auth: ChannelAuth,
  url: string,
  query: Parameters = {},
): ChannelRequest {
  return { method, url: withQuery(url, query), headers: [accept], body: '', auth };
}

export function postForm(auth: ChannelAuth, url: string, form: Parameters): ChannelRequest {
  const headers: [string, string][] = [accept, ['Content-Type', 'application/x-www-form-urlencoded']];
  return { method: 'POST', url, headers, body: encode(form), auth };
}

/** Ids in `body` are text, so that none loses its last digits. */
export function postJson(auth: ChannelAuth, url: string, body: unknown): ChannelRequest {
  const headers: [string, string][] = [accept, ['Content-Type', 'application/json']];
  return { method: 'POST', url, headers, body: JSON.stringify(body), auth };
}

const accept: [string, string] = ['Accept', 'application/json'];

function withQuery(url: string, query: Parameters): string {
  const encoded = encode(query);
  return encoded === '' ? url : `${url}?${encoded}`;
}

/** RFC 3986, as signing wants it: a space is %20, and `!'()*` are escaped too. */
function encode(pairs: Parameters): string {
  return Object.entries(pairs)
    .map(([name, value]) => `${percentEncode(name)}=${percentEncode(value)}`)
    .join('&');
}

// Half a surrogate pair cannot be written as UTF-8; the buffer puts the replacement character in its place.
function percentEncode(text: string): string {
  return encodeURIComponent(Buffer.from(text).toString()).replace(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
