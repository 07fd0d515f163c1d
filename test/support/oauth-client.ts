/** A client of the sandbox with a signer of its own, on node:crypto alone: it shares nothing with the product. */
import { createHmac } from 'node:crypto';
import { request as httpRequest } from 'node:http';

/** A request; `origin` is what the client believes in, the socket always goes to the sandbox. */
export interface Call {
  method?: string;
  origin?: string;
  headers?: Record<string, string>;
  body?: string;
}

export interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  text: string;
}

export interface Signing {
  consumer: { key: string; secret: string };
  token?: { token: string; secret: string };
  nonce: string;
  timestamp: number;
  /** Added to, or taking the place of, the protocol parameters. */
  extra?: Record<string, string>;
}

const publicOrigin = 'https://api.twitter.com';

/** Sends a request as it is to a listening sandbox. */
export function send(sandboxOrigin: string, path: string, call: Call = {}): Promise<Answer> {
  const { method = 'GET', origin = publicOrigin, headers = {}, body } = call;
  const { hostname, port } = new URL(sandboxOrigin);
  const all = { ...headers, Host: new URL(origin).host };
  return new Promise((resolve, reject) => {
    const request = httpRequest({ hostname, port, method, path, headers: all }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text }),
      );
      response.on('error', reject);
    });
    request.on('error', reject);
    request.end(body);
  });
}

/** Authorization header with HMAC-SHA1, written from RFC 5849 §3.4 and §3.5.1. */
export function authorization(path: string, call: Call, signing: Signing): string {
  const url = new URL(path, call.origin ?? publicOrigin);
  const own: Record<string, string> = {
    oauth_consumer_key: signing.consumer.key,
    oauth_nonce: signing.nonce,
    oauth_signature_method: 'HMAC-SHA1',
    oauth_timestamp: String(signing.timestamp),
    ...(signing.token && { oauth_token: signing.token.token }),
    ...signing.extra,
  };
  const isForm = call.headers?.['Content-Type']?.startsWith('application/x-www-form-urlencoded');
  const form = new URLSearchParams(isForm ? call.body : '');
  const parameters = [...url.searchParams, ...form, ...Object.entries(own)]
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .sort();
  const base = [call.method ?? 'GET', url.origin + url.pathname, parameters.join('&')].map(encode).join('&');
  const key = `${encode(signing.consumer.secret)}&${encode(signing.token?.secret ?? '')}`;
  const all = { ...own, oauth_signature: createHmac('sha1', key).update(base).digest('base64') };
  const pairs = Object.entries(all).map(([name, value]) => `${name}="${encode(value)}"`);
  return `OAuth ${pairs.join(', ')}`;
}

function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
