import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { mask, maskBaseString, piecesOf } from '../../../../server/connections/oauth1/base-string.ts';
import { compareBaseStrings, freshnessIn } from '../../../../server/connections/oauth1/difference.ts';
import { sign } from '../../../../server/connections/oauth1/sign.ts';

const token = 'tok/en+0123456789';
const credentials = {
  consumerKey: 'ck',
  consumerSecret: 'consumer-secret',
  token,
  tokenSecret: 'token-secret',
};
const request = {
  method: 'POST',
  url: 'https://api.example.com:8443/v1/caf%C3%A9?q=a+b&plus=1%2B1&list=2&list=10&a%5B%5D=x&a1=1&case=Tea',
  headers: [['Content-Type', 'application/x-www-form-urlencoded']] as const,
  body: Buffer.from('status=Hello+%C3%A9%21&cut=one%3Dtwo'),
};
const params = { signatureMethod: 'HMAC-SHA1', nonce: 'n1', timestamp: 1_730_000_000, version: '1.0' };
const { baseString: ours, parameters } = sign(request, credentials, params);

function compare(theirs: string, own = ours) {
  return compareBaseStrings(own, theirs, parameters, [token, 'consumer-secret', 'token-secret']);
}

/** Ours with something replaced, as a remote side with one fault would have it. */
function faulty(part: string, by: string): string {
  assert.ok(ours.includes(part), part);
  return ours.replace(part, () => by);
}

const encode = encodeURIComponent;

/** What a server makes of the same parameters that sorts its own way. */
function reordered(sort: (pairs: string[]) => string[]): string {
  const [method, url, normalized = ''] = ours.split('&');
  return [method, url, encode(sort(decodeURIComponent(normalized).split('&')).join('&'))].join('&');
}

function nameOf(pair: string): string {
  return decodeURIComponent(pair.slice(0, pair.indexOf('=')));
}

const cases: [part: string | null, parameter: string | null, theirs: string, guess: RegExp][] = [
  ['method', null, faulty('POST', 'post'), /method as it came, not in upper case/],
  ['method', null, faulty('POST', 'GET'), /sign GET where POST was sent: a redirect/],
  ['url', null, faulty('https', 'http'), /see http where https was sent: encryption ends at a proxy/],
  ['url', null, faulty('api.example.com', 'API.example.com'), /host in lower case/],
  [
    'url',
    null,
    faulty('api.example.com', 'backend.internal'),
    /see the host backend\.internal, not api\.example\.com/,
  ],
  ['url', null, faulty('%3A8443', ''), /Their port is missing: 8443/],
  ['url', null, faulty('%3A8443', '%3A443'), /see the port 443, not 8443/],
  ['url', null, faulty('%2Fv1', ''), /path lacks "\/v1", which a proxy took away/],
  ['url', null, faulty('%2Fv1', '%2Fapp%2Fv1'), /path begins with "\/app", which a proxy put there/],
  ['url', null, faulty('caf%25C3%25A9', 'caf%25C3%25A9%2F'), /slash at its end that was not sent/],
  ['url', null, faulty('caf%25C3%25A9', encode('café')), /decode the path before they sign it/],
  [
    'url',
    null,
    faulty('caf%25C3%25A9', encode('caf%25C3%25A9')),
    /percent-encode the path, which is encoded already/,
  ],
  ['url', null, faulty('caf%25C3%25A9', 'caf%25C3%25A9%3Fq%3D1'), /leave the query in the URL/],
  [
    'parameters',
    'plus',
    faulty('plus%3D1%252B1', 'plus%3D1%25201'),
    /decoded \+ as a space in the query parameter plus/,
  ],
  [
    'parameters',
    'q',
    faulty('q%3Da%2520b', 'q%3Da%252Bb'),
    /kept \+ in the query parameter q, where it stands for a space/,
  ],
  [
    'parameters',
    'q',
    faulty('q%3Da%2520b', 'q%3Da%2Bb'),
    /write a space as \+, not as %20, in the query parameter q/,
  ],
  ['parameters', 'status', faulty('Hello%2520%25C3%25A9', 'Hello%2520%25E9'), /ISO 8859-1/],
  ['parameters', 'case', faulty('Tea', 'Coffee'), /another value for the query parameter case/],
  ['parameters', 'status', faulty('%2521', '!'), /other characters in the body parameter status/],
  [
    'parameters',
    'status',
    faulty('Hello%2520%25C3%25A9', `Hello%2520${encode(encode('e\u0301'))}`),
    /Unicode normalisation/,
  ],
  [
    'parameters',
    'status',
    faulty('%26status%3DHello%2520%25C3%25A9%2521', ''),
    /^They left out the body parameter status: they do not read the form/,
  ],
  ['parameters', 'case', faulty('case%3DTea', 'case%3D'), /have no value for the query parameter case/],
  [
    'parameters',
    'cut',
    faulty('cut%3Done%253Dtwo', 'cut%3Done'),
    /stopped at one of .* within the body parameter cut/,
  ],
  [
    'parameters',
    'plus',
    faulty('plus%3D1%252B1', 'plus%3D1%25252B1'),
    /encoded the query parameter plus twice/,
  ],
  [
    'parameters',
    'plus',
    faulty('plus%3D1%252B1', 'plus%3D1%252b1'),
    /escapes in lower case in the query parameter plus/,
  ],
  ['parameters', 'case', faulty('Tea', 'tea'), /other capitals in the query parameter case/],
  [
    'parameters',
    'a[]',
    faulty('a%255B%255D', 'a%25255B%25255D'),
    /spell the name of the query parameter a\[\] differently/,
  ],
  ['parameters', 'list', faulty('list%3D10%26', ''), /keep one value only of list/],
  [
    'parameters',
    'oauth_version',
    faulty('%26oauth_version%3D1.0', ''),
    /left out the protocol parameter oauth_version/,
  ],
  ['parameters', 'oauth_nonce', faulty('oauth_nonce%3Dn1', 'oauth_nonce%3Dn2'), /belongs to another request/],
  [
    'parameters',
    'oauth_signature_method',
    faulty('%26oauth_signature_method', '%26oauth_signature%3Dabc%26oauth_signature_method'),
    /sign the signature itself/,
  ],
  ['parameters', 'status', faulty('status%3D', 'realm%3Deu%26status%3D'), /sign the realm/],
  [
    'parameters',
    'status',
    faulty('status%3D', 'session%3D1%26status%3D'),
    /count the parameter session, which was not sent/,
  ],
  [
    'parameters',
    'a[]',
    reordered((pairs) => pairs.sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : nameOf(a) > nameOf(b) ? 1 : 0))),
    /sort the parameters by their decoded names/,
  ],
  ['parameters', 'a[]', reordered((pairs) => pairs.reverse()), /same parameters in another order/],
  [
    'parameters',
    'list',
    reordered((pairs) => {
      const at = pairs.indexOf('list=10');
      return pairs.with(at, 'list=2').with(at + 1, 'list=10');
    }),
    /do not sort the values of a name that repeats/,
  ],
  [
    'parameters',
    'a[]',
    faulty(ours.split('&')[2] ?? '', encode(ours.split('&')[2] ?? '')),
    /percent-encode the parameter string twice/,
  ],
  ['parameters', 'status', ours.slice(0, -10), /ends early/],
  [
    'method',
    null,
    decodeURIComponent(ours.split('&')[2] ?? ''),
    /parameter string alone, and the same as ours/,
  ],
  ['url', null, `POST&${decodeURIComponent(ours.split('&')[1] ?? '')}&x`, /URL is not percent-encoded/],
  ['method', null, 'invalid signature', /This is no base string/],
];

for (const [part, parameter, theirs, guess] of cases) {
  test(`a difference in ${parameter ?? part} is found and told as ${guess.source.replaceAll('\\', '')}`, () => {
    const found = compare(theirs);
    assert.equal(found.same, false);
    assert.deepEqual([found.part, found.parameter?.name ?? null], [part, parameter], JSON.stringify(found));
    assert.match(found.guesses[0] ?? '', guess);
  });
}

test('the same text is the same, with blanks around it, in quotes, or with our masks in it', () => {
  for (const theirs of [ours, ` ${ours}\n`, `"${ours}"`, maskBaseString(ours)]) {
    const found = compare(theirs);
    assert.equal(found.same, true);
    assert.deepEqual([found.index, found.part, found.ours, found.theirs], [null, null, null, null]);
    assert.match(found.guesses[0] ?? '', /signing key differs/);
  }
});

test('the difference is marked on both sides, with what stands around it', () => {
  const found = compare(faulty('q%3Da%2520b', 'q%3Da%252Bb'));
  assert.equal(found.index, ours.indexOf('%2520b'));
  assert.deepEqual([found.ours?.at, found.theirs?.at], ['%2520', '%252B']);
  assert.ok(found.ours?.before.endsWith('%26q%3Da') && found.theirs?.before.endsWith('%26q%3Da'));
  assert.ok(found.ours?.after.startsWith('b%26status') && found.theirs?.after.startsWith('b%26status'));
  assert.deepEqual(found.parameter, { name: 'q', origin: 'query' });
});

test('a parameter added at the end belongs to none of ours', () => {
  const found = compare(`${ours}%26z%3D1`);
  assert.deepEqual([found.index, found.parameter], [ours.length, null]);
  assert.match(found.guesses[0] ?? '', /count the parameter z/);
});

test('a body read as a form though it is JSON is told as that, and an empty query as a stray &', () => {
  const json = sign(
    { ...request, headers: [['Content-Type', 'application/json']], body: Buffer.from('{"a":1}') },
    credentials,
    params,
  );
  const [method, url, normalized = ''] = json.baseString.split('&');
  const found = compareBaseStrings(
    json.baseString,
    `${method}&${url}&${encode(`${encode('{"a":1}')}=&`)}${normalized}`,
    json.parameters,
    [],
  );
  assert.match(found.guesses.join(' '), /read the body as a form/);
  assert.match(compare(faulty('%26a1%3D', '%26%3D%26a1%3D')).guesses[0] ?? '', /an empty parameter/);
});

test('of a hidden value only that it differs is told, so that it cannot be guessed letter by letter', () => {
  const encoded = encode(encode(token));
  const start = ours.indexOf(encoded);
  const [before, after] = [ours.slice(0, start), ours.slice(start + encoded.length)];
  for (let known = 1; known < encoded.length; known += 1) {
    const right = encoded.slice(0, known);
    // Other letters outside escapes: what may be told is the same, however much of it was guessed.
    const wrong = right.replace(/%[0-9A-F]*|[a-z]/g, (found) => (found.startsWith('%') ? found : 'x'));
    for (const end of [after, `Z${after}`, `%26${after}`, '', 'Z']) {
      const found = compare(before + right + end);
      assert.equal(found.index, start);
      assert.equal(found.parameter?.name, 'oauth_token');
      assert.deepEqual(found, compare(before + wrong + end));
    }
  }
});

test('no part of what is shown holds a secret, whatever was pasted', () => {
  const pasted = fc.oneof(
    fc.string({ unit: 'grapheme-ascii', maxLength: 40 }),
    fc.constantFrom(
      token,
      encode(token),
      encode(encode(token)),
      'consumer-secret',
      'token-secret',
      '&',
      '%26',
      '%3D',
    ),
  );
  fc.assert(
    fc.property(fc.array(pasted, { maxLength: 6 }), fc.nat(ours.length), fc.nat(60), (texts, at, cut) => {
      const theirs = ours.slice(0, at) + texts.join('') + ours.slice(at + cut);
      const shown = JSON.stringify(compare(theirs));
      for (const secret of [token, encode(token), encode(encode(token)), 'consumer-secret', 'token-secret']) {
        assert.ok(!shown.includes(secret), shown);
      }
    }),
    { numRuns: 2000 },
  );
});

test('any change is found where it begins, unless it lies in a hidden value', () => {
  fc.assert(
    fc.property(fc.nat(ours.length - 1), fc.constantFrom('x', '%', '&', '5', '%26'), (at, by) => {
      const theirs = ours.slice(0, at) + by + ours.slice(at);
      if (theirs === ours) return;
      const { index, guesses } = compare(theirs);
      assert.ok(index !== null && ours.slice(0, index) === theirs.slice(0, index));
      assert.ok(guesses.length > 0 && guesses.length <= 6);
    }),
  );
});

test('the pieces of any text make the text again, and none is empty', () => {
  const anyBase = fc.array(fc.constantFrom('&', '%26', '%3D', 'a', 'oauth_token', '%', '%25', '='), {
    maxLength: 30,
  });
  fc.assert(
    fc.property(anyBase, (parts) => {
      const pieces = piecesOf(parts.join(''));
      assert.equal(pieces.map(({ text }) => text).join(''), parts.join(''));
      assert.ok(pieces.every(({ text }) => text !== ''));
    }),
  );
});

test('timestamp and nonce are read from a base string, so that a request made anew can be compared', () => {
  assert.deepEqual(freshnessIn(` ${ours} `), { timestamp: 1_730_000_000, nonce: 'n1' });
  assert.deepEqual(freshnessIn('nonsense'), {});
  assert.deepEqual(freshnessIn(faulty('1730000000', 'soon')), { nonce: 'n1' });
  assert.equal(mask('a\u{1f600}'), '[masked, 2 characters]');
});
