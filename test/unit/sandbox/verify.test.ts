import assert from 'node:assert/strict';
import { createPublicKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { baseString, baseStringUri } from '../../../server/sandbox/base-string.ts';
import { createNonces } from '../../../server/sandbox/nonces.ts';
import { readProtocol } from '../../../server/sandbox/protocol.ts';
import { Refusal } from '../../../server/sandbox/refusal.ts';
import { verify } from '../../../server/sandbox/verify.ts';
import type { WireRequest } from '../../../server/sandbox/wire-request.ts';

const form = 'application/x-www-form-urlencoded';

/** RFC 5849 §1.2, the request for the photo. */
const photo: WireRequest = {
  method: 'GET',
  scheme: 'http',
  host: 'photos.example.net',
  target: '/photos?file=vacation.jpg&size=original',
  headers: [['Authorization', photoHeader({})]],
  body: new Uint8Array(),
};

function photoHeader(changes: Record<string, string | undefined>): string {
  const values = {
    oauth_consumer_key: 'dpf43f3p2l4k3l03',
    oauth_token: 'nnch734d00sl2jdk',
    oauth_signature_method: 'HMAC-SHA1',
    oauth_timestamp: '137131202',
    oauth_nonce: 'chapoH',
    oauth_signature: 'MdpQcU8iPSUjWoN%2FUDMsK2sui9I%3D',
    ...changes,
  };
  const pairs = Object.entries(values).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}="${value}"`],
  );
  return `OAuth realm="Photos", ${pairs.join(', ')}`;
}

function photoWith(changes: Record<string, string | undefined>): WireRequest {
  return { ...photo, headers: [['Authorization', photoHeader(changes)]] };
}

function judge(
  request: WireRequest,
  { now = 137_131_202_000, nonces = createNonces(), tokenSecret = 'pfkkdhi9sl3r4s00' } = {},
) {
  const consumer = { key: 'dpf43f3p2l4k3l03', secret: 'kd94hf93k423kf44', name: 'Printer', callbacks: [] };
  const verified: string[] = [];
  const deps = { consumers: new Map([[consumer.key, consumer]]), nonces, now, verified };
  try {
    verify(deps, request, (token) =>
      token === 'nnch734d00sl2jdk' ? { secret: tokenSecret, consumer } : undefined,
    );
    return { verified };
  } catch (error) {
    assert.ok(error instanceof Refusal);
    return { refused: error.check, kind: error.kind, verified };
  }
}

test("the RFC's own request for a photo is accepted, with every check named (RFC 5849 §1.2)", () => {
  assert.deepEqual(judge(photo), {
    verified: ['consumer', 'token', 'signature HMAC-SHA1', 'timestamp', 'nonce'],
  });
});

test('the base string of RFC 5849 §3.4.1.1 is rebuilt, with its signature of erratum 2550', () => {
  const request: WireRequest = {
    method: 'post',
    scheme: 'http',
    host: 'EXAMPLE.COM:80',
    target: '/request?b5=%3D%253D&a3=a&c%40=&a2=r%20b',
    headers: [
      ['content-type', `${form}; charset=utf-8`],
      [
        'authorization',
        'OAuth realm="Example",oauth_consumer_key="9djdj82h48djs9d2",oauth_token="kkk9d7dh3k39sjv7",' +
          'oauth_signature_method="HMAC-SHA1",oauth_timestamp="137131201",oauth_nonce="7d8f3e4a",' +
          'oauth_signature="r6%2FTJjbCOr97%2F%2BUU0NsvSne7s5g%3D"',
      ],
    ],
    body: Buffer.from('c2&a3=2+q'),
  };
  const protocol = readProtocol(request);
  assert.ok(!('fault' in protocol));
  assert.equal(
    baseString(request, protocol.signed),
    'POST&http%3A%2F%2Fexample.com%2Frequest&a2%3Dr%2520b%26a3%3D2%2520q%26a3%3Da%26b5%3D%253D%25253D%26c%2540%3D%26' +
      'c2%3D%26oauth_consumer_key%3D9djdj82h48djs9d2%26oauth_nonce%3D7d8f3e4a%26oauth_signature_method%3DHMAC-SHA1%26' +
      'oauth_timestamp%3D137131201%26oauth_token%3Dkkk9d7dh3k39sjv7',
  );
  const consumer = { key: '9djdj82h48djs9d2', secret: 'j49sk3j29djd', name: 'Example', callbacks: [] };
  const verified: string[] = [];
  const deps = {
    consumers: new Map([[consumer.key, consumer]]),
    nonces: createNonces(),
    now: 137_131_201_000,
    verified,
  };
  verify(deps, request, () => ({ secret: 'dh893hdasih9', consumer }));
  assert.ok(verified.includes('signature HMAC-SHA1'));
});

test('the base string URI has a lower-case host and no default port (RFC 5849 §3.4.1.2)', () => {
  const uri = (scheme: 'http' | 'https', host: string, target: string) =>
    baseStringUri({ ...photo, scheme, host, target });
  assert.equal(uri('http', 'EXAMPLE.COM:80', '/r%20v/X?id=123'), 'http://example.com/r%20v/X');
  assert.equal(uri('https', 'www.example.net:8080', '/?q=1'), 'https://www.example.net:8080/');
  assert.equal(uri('https', 'example.com:443', '/'), 'https://example.com/');
  assert.equal(uri('http', '[::1]:8080', '/a'), 'http://[::1]:8080/a');
});

test('every published and computed vector is accepted, and refused with another token secret', () => {
  const file = new URL('../../vectors/oauth1.json', import.meta.url);
  // The file's shape is described beside it; the fields used here are always there.
  const vectors = JSON.parse(readFileSync(file, 'utf8')) as Vector[];
  assert.ok(vectors.length > 200);
  for (const { id, request, credentials, params, expect } of vectors) {
    const [, scheme = '', host = '', rest = ''] = /^(https?):\/\/([^/?]*)(.*)$/i.exec(expect.wireUrl) ?? [];
    const wire: WireRequest = {
      method: request.method,
      scheme: scheme.toLowerCase() === 'https' ? 'https' : 'http',
      host,
      target: rest.startsWith('/') ? rest : `/${rest}`,
      headers: [...Object.entries(request.headers), ['Authorization', expect.authorizationHeader]],
      body: Buffer.from(request.bodyBase64 ?? request.body ?? '', request.bodyBase64 ? 'base64' : 'utf8'),
    };
    const { consumerKey: key, consumerSecret, token, tokenSecret, rsaPrivateKeyPem: pem } = credentials;
    const publicKey = pem ? { publicKey: createPublicKey(pem) } : {};
    const isAccepted = (secret: string, changed: string) => {
      const consumer = { key, secret, name: id, callbacks: [], ...publicKey };
      const deps = {
        consumers: new Map([[key, consumer]]),
        nonces: createNonces(),
        now: Number(params.timestamp) * 1000,
        verified: [],
      };
      const find = () => ({ secret: `${tokenSecret ?? ''}${changed}`, consumer });
      try {
        verify(deps, wire, token ? find : undefined);
        return true;
      } catch (error) {
        assert.ok(error instanceof Refusal, id);
        return false;
      }
    };
    assert.ok(isAccepted(consumerSecret ?? '', ''), id);
    if (!pem) assert.ok(!isAccepted(`${consumerSecret ?? ''}x`, 'x'), `${id} with other secrets`);
  }
});

interface Vector {
  id: string;
  request: { method: string; headers: Record<string, string>; body: string | null; bodyBase64?: string };
  credentials: {
    consumerKey: string;
    consumerSecret: string | null;
    token: string | null;
    tokenSecret: string | null;
    rsaPrivateKeyPem?: string;
  };
  params: { timestamp: number | string };
  expect: { wireUrl: string; authorizationHeader: string };
}

const wrong: [string, WireRequest, string][] = [
  ['another method', { ...photo, method: 'POST' }, 'signature'],
  ['another scheme', { ...photo, scheme: 'https' }, 'signature'],
  ['another host', { ...photo, host: 'photos.example.org' }, 'signature'],
  ['another query', { ...photo, target: '/photos?file=vacation.jpg&size=small' }, 'signature'],
  ['another path', { ...photo, target: '/photo?file=vacation.jpg&size=original' }, 'signature'],
  [
    'a form body that was not signed',
    { ...photo, headers: [...photo.headers, ['Content-Type', form]], body: Buffer.from('a=b') },
    'signature',
  ],
  ['another nonce', photoWith({ oauth_nonce: 'chapoI' }), 'signature'],
  ['an unsigned version', photoWith({ oauth_version: '1.0' }), 'signature'],
  ['another version', photoWith({ oauth_version: '2.0' }), 'parameters: version'],
  ['an unknown consumer', photoWith({ oauth_consumer_key: 'nobody' }), 'consumer'],
  ['an unknown token', photoWith({ oauth_token: 'nothing' }), 'token'],
  ['no token', photoWith({ oauth_token: undefined }), 'token'],
  ['an unknown signature method', photoWith({ oauth_signature_method: 'constructor' }), 'signature method'],
  ['PLAINTEXT with a MAC', photoWith({ oauth_signature_method: 'PLAINTEXT' }), 'signature'],
  ['no signature', photoWith({ oauth_signature: undefined }), 'parameters: malformed'],
  ['no nonce', photoWith({ oauth_nonce: undefined }), 'parameters: malformed'],
  ['no timestamp', photoWith({ oauth_timestamp: undefined }), 'parameters: malformed'],
  ['an escape that is none', photoWith({ oauth_nonce: '%zz' }), 'parameters: malformed'],
  ['no Authorization', { ...photo, headers: [] }, 'parameters: missing'],
  [
    'another scheme of authorization',
    { ...photo, headers: [['Authorization', 'Bearer abc']] },
    'parameters: missing',
  ],
  [
    'two Authorization headers',
    { ...photo, headers: [...photo.headers, ...photo.headers] },
    'parameters: duplicate',
  ],
  [
    'a doubled parameter',
    { ...photo, headers: [['Authorization', `${photoHeader({})}, oauth_nonce="chapoH"`]] },
    'parameters: duplicate',
  ],
  [
    'a second place',
    { ...photo, target: `${photo.target}&%6Fauth_token=other` },
    'parameters: several places',
  ],
  ['a query that does not decode', { ...photo, target: '/photos?file=100%' }, 'parameters: malformed'],
  ['octets that are not UTF-8', { ...photo, target: '/photos?file=%FF' }, 'parameters: malformed'],
  [
    'a raw non-ASCII form body',
    { ...photo, headers: [...photo.headers, ['Content-Type', form]], body: Buffer.from('q=café') },
    'parameters: malformed',
  ],
];

for (const [what, request, check] of wrong) {
  test(`a request with ${what} is refused at: ${check}`, () => {
    assert.equal(judge(request).refused, check);
  });
}

test('a wrong token secret fails the signature and does not use up the nonce', () => {
  const nonces = createNonces();
  assert.equal(judge(photo, { nonces, tokenSecret: 'other' }).refused, 'signature');
  assert.equal(judge(photo, { nonces }).refused, undefined);
});

test('a nonce is good once per consumer, token and timestamp', () => {
  const nonces = createNonces();
  assert.equal(judge(photo, { nonces }).refused, undefined);
  assert.equal(judge(photo, { nonces }).refused, 'nonce');
});

test('a timestamp may be off by 300 seconds and no more', () => {
  for (const [offset, refused] of [
    [300, undefined],
    [-300, undefined],
    [301, 'timestamp'],
    [-301, 'timestamp'],
  ] as const) {
    const judged = judge(photo, { now: (137_131_202 + offset) * 1000 });
    assert.equal(judged.refused, refused, String(offset));
    if (refused) assert.equal(judged.kind, 'badTimestamp');
  }
});

test('protocol parameters may stand in the query or in the form body instead', () => {
  const pairs = 'oauth_consumer_key=k&oauth_signature_method=PLAINTEXT&oauth_signature=s%26';
  const consumer = { key: 'k', secret: 's', name: 'K', callbacks: [] };
  const places: WireRequest[] = [
    { ...photo, headers: [], target: `/a?x=1&${pairs}` },
    { ...photo, headers: [['Content-Type', form]], target: '/a?x=1', body: Buffer.from(pairs) },
  ];
  for (const request of places) {
    const deps = { consumers: new Map([['k', consumer]]), nonces: createNonces(), now: 0, verified: [] };
    const signed = verify<undefined>(deps, request, undefined);
    assert.deepEqual(signed.parameters, [['x', '1']]);
    assert.deepEqual(deps.verified, ['consumer', 'signature PLAINTEXT']);
  }
});
