/** A client that can sign in every way that services ask for, on node:crypto alone: it shares nothing with the product. */
import { createHash, createHmac, createSign, type KeyObject } from 'node:crypto';
import { type Answer, type Call, send } from './oauth-client.ts';

/** How to sign. `extra` is added to, or takes the place of, the protocol parameters; undefined leaves one out. */
export interface Way {
  consumer: { key: string; secret: string };
  token?: { token: string; secret: string };
  method?: string;
  place?: 'header' | 'query' | 'body';
  realm?: string;
  privateKey?: KeyObject;
  bodyHash?: 'sha1' | 'sha256';
  nonce: string;
  timestamp: number;
  extra?: Record<string, string | undefined>;
}

/** Signs and sends; `path` with its query. */
export function sendSigned(sandbox: string, path: string, call: Call, way: Way): Promise<Answer> {
  const { place = 'header', realm } = way;
  const pairs = protocolPairs(path, call, way);
  if (place === 'query') return send(sandbox, `${path}${path.includes('?') ? '&' : '?'}${form(pairs)}`, call);
  if (place === 'body') {
    const headers = { ...call.headers, 'Content-Type': formType };
    const body = [call.body ?? '', form(pairs)].filter((part) => part !== '').join('&');
    return send(sandbox, path, { ...call, headers, body });
  }
  const quoted = pairs.map(([name, value]) => `${name}="${encode(value)}"`);
  const all = realm === undefined ? quoted : [`realm="${realm.replace(/["\\]/g, '\\$&')}"`, ...quoted];
  return send(sandbox, path, {
    ...call,
    headers: { ...call.headers, Authorization: `OAuth ${all.join(', ')}` },
  });
}

const formType = 'application/x-www-form-urlencoded';

function protocolPairs(path: string, call: Call, way: Way): [string, string][] {
  const { consumer, token, method = 'HMAC-SHA1', bodyHash } = way;
  const own = Object.entries({
    oauth_consumer_key: consumer.key,
    oauth_nonce: way.nonce,
    oauth_signature_method: method,
    oauth_timestamp: String(way.timestamp),
    oauth_token: token?.token,
    oauth_body_hash:
      bodyHash &&
      createHash(bodyHash)
        .update(call.body ?? '')
        .digest('base64'),
    ...way.extra,
  }).filter((pair): pair is [string, string] => pair[1] !== undefined);
  const url = new URL(path, call.origin ?? 'https://api.twitter.com');
  const isForm = way.place === 'body' || call.headers?.['Content-Type']?.startsWith(formType);
  const body = isForm ? [...new URLSearchParams(call.body)] : [];
  const sorted = [...url.searchParams, ...body, ...own]
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .sort()
    .join('&');
  const base = [call.method ?? 'GET', url.origin + url.pathname, sorted].map(encode).join('&');
  return [...own, ['oauth_signature', signature(method, base, way)]];
}

function signature(method: string, base: string, { consumer, token, privateKey }: Way): string {
  const key = `${encode(consumer.secret)}&${encode(token?.secret ?? '')}`;
  if (method === 'PLAINTEXT') return key;
  const [, kind, hash = ''] = /^(HMAC|RSA)-(SHA\d+)$/.exec(method) ?? [];
  if (kind === 'HMAC') return createHmac(hash, key).update(base).digest('base64');
  if (!privateKey) throw new Error(`${method} takes a private key.`);
  return createSign(`RSA-${hash}`).update(base).sign(privateKey, 'base64');
}

function form(pairs: readonly [string, string][]): string {
  return pairs.map(([name, value]) => `${encode(name)}=${encode(value)}`).join('&');
}

function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
