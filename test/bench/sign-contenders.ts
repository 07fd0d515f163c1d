/** Four requests, and for each of them the ways of signing it that are compared. */
import { createHmac, randomBytes } from 'node:crypto';
import OAuth from 'oauth-1.0a';
import { sign } from '../../server/connections/oauth1/sign.ts';
import { oauth1 } from '../../server/connections/providers/oauth1.ts';
import type { Contender } from './rounds.ts';

/** What is signed: pairs of query and form as their sender knows them, before any encoding. */
interface Request {
  title: string;
  method: string;
  base: string;
  query: readonly (readonly [string, string])[];
  form?: readonly (readonly [string, string])[];
  json?: string;
}

const consumer = { key: 'xvz1evFS4wEEPTGEFPHBog', secret: 'kAcSOqF21Fu85e7zjz7ZN2U4ZRhfV3WpwPAoE3Z7kBw' };
const token = {
  key: '370773112-GmHxMAgYyLbNEtIKZeRNFsMKPR9EyMZeS9weJAEb',
  secret: 'LswwdoUaIvS8ltyTt5jkRh4J50vUPVVHtR2YPi5kE',
};

export const requests: readonly Request[] = [
  {
    title: 'POST form + query',
    method: 'POST',
    base: 'https://api.example.com/1.1/statuses/update.json',
    query: [['include_entities', 'true']],
    form: [['status', 'Hello Ladies + Gentlemen, a signed OAuth request!']],
  },
  {
    title: 'GET, 2 parameters',
    method: 'GET',
    base: 'https://api.example.com/1.1/statuses/user_timeline.json',
    query: [
      ['screen_name', 'alice'],
      ['count', '200'],
    ],
  },
  {
    title: 'POST JSON',
    method: 'POST',
    base: 'https://api.example.com/2/tweets',
    query: [],
    json: '{"text":"Hello Ladies + Gentlemen, a signed OAuth request!"}',
  },
  {
    title: 'GET, 60 parameters',
    method: 'GET',
    base: 'https://api.example.com/1.1/search/tweets.json',
    query: Array.from({ length: 60 }, (_, at) => [`name_${at}`, `value ${at} of many`] as const),
  },
];

/**
 * `bare`: one HMAC over a text whose parts were put in order beforehand. `naive`: the package as its manual shows
 * it, on a copy of the data. `ours`: the signer. `product`: what a request of an account goes through, from the
 * service's record to the request that leaves.
 */
export function contendersOf(request: Request): {
  bare: Contender;
  naive: Contender;
  ours: Contender;
  product: Contender;
} {
  return { bare: bare(request), naive: naive(request), ours: ours(request), product: product(request) };
}

function bare({ method, base, query, form = [] }: Request): Contender {
  const key = `${consumer.secret}&${token.secret}`;
  const start = `${method}&${encode(base)}&`;
  const own = [...query, ...form].map(([name, value]) => ({ name: encode(name), value }));
  // Names and their order are known in advance: what begins with a letter below "o" goes first.
  own.sort((a, b) => (a.name < b.name ? -1 : 1));
  const before = own.filter(({ name }) => name < 'oauth');
  const after = own.filter(({ name }) => name > 'oauth');
  const write = (pairs: typeof own) => pairs.map(({ name, value }) => `${name}=${encode(value)}`).join('&');
  const run = () => {
    const nonce = randomBytes(16).toString('hex');
    const timestamp = Math.floor(Date.now() / 1000);
    const protocol = `oauth_consumer_key=${consumer.key}&oauth_nonce=${nonce}&oauth_signature_method=HMAC-SHA1&oauth_timestamp=${timestamp}&oauth_token=${token.key}&oauth_version=1.0`;
    const parts = [write(before), protocol, write(after)].filter((part) => part !== '');
    const signature = createHmac('sha1', key)
      .update(start + encode(parts.join('&')))
      .digest('base64');
    return `OAuth oauth_consumer_key="${consumer.key}", oauth_nonce="${nonce}", oauth_signature="${encode(signature)}", oauth_signature_method="HMAC-SHA1", oauth_timestamp="${timestamp}", oauth_token="${token.key}", oauth_version="1.0"`;
  };
  return { name: 'bare', run };
}

function naive({ method, base, query, form }: Request): Contender {
  const oauth = new OAuth({
    consumer,
    signature_method: 'HMAC-SHA1',
    hash_function: (text, key) => createHmac('sha1', key).update(text).digest('base64'),
  });
  const url = urlOf(base, query);
  const run = () => {
    const data = form && Object.fromEntries(form);
    return oauth.toHeader(oauth.authorize(data ? { method, url, data } : { method, url }, token))
      .Authorization;
  };
  return { name: 'naive', run };
}

function ours(request: Request): Contender {
  const { method, headers, body } = outbound(request);
  const url = urlOf(request.base, request.query);
  const credentials = {
    consumerKey: consumer.key,
    consumerSecret: consumer.secret,
    token: token.key,
    tokenSecret: token.secret,
  };
  const run = () => {
    const params = {
      signatureMethod: 'HMAC-SHA1',
      version: '1.0',
      nonce: randomBytes(16).toString('hex'),
      timestamp: Math.floor(Date.now() / 1000),
    };
    return sign({ method, url, headers, body: body ?? null }, credentials, params).authorizationHeader;
  };
  return { name: 'ours', run };
}

function product(request: Request): Contender {
  const service = {
    client_id: consumer.key,
    client_secret: consumer.secret,
    request_token_url: 'https://api.example.com/oauth/request_token',
    authentication_url: 'https://api.example.com/oauth/authenticate',
    access_token_url: 'https://api.example.com/oauth/access_token',
    user_agent: 'Example',
  };
  const account = { oauth_token: token.key, oauth_token_secret: token.secret };
  const out = outbound(request);
  const run = () =>
    oauth1.authorize(out, service, account, {
      nonce: randomBytes(16).toString('hex'),
      timestamp: Math.floor(Date.now() / 1000),
    });
  return { name: 'product', run };
}

function outbound({ method, base, query, form, json }: Request) {
  const type = form ? 'application/x-www-form-urlencoded' : 'application/json';
  const text = form ? pairsOf(form) : json;
  const url = new URL(urlOf(base, query));
  if (text === undefined) return { method, url, headers: [] };
  return {
    method,
    url,
    headers: [['Content-Type', type] satisfies [string, string]],
    body: Buffer.from(text),
  };
}

function urlOf(base: string, query: Request['query']): string {
  return query.length === 0 ? base : `${base}?${pairsOf(query)}`;
}

function pairsOf(pairs: Request['query']): string {
  return pairs.map(([name, value]) => `${encode(name)}=${encode(value)}`).join('&');
}

/** As one writes it by hand: nothing here needs more than encodeURIComponent and the exclamation mark. */
function encode(text: string): string {
  return encodeURIComponent(text).replaceAll('!', '%21');
}
