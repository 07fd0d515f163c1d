import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { DeliveryContext, DeliveryFault, OutboundRequest } from '../../../server/delivery/delivery.ts';
import { followRedirect, isRefusedAsStale, mayTryAgain } from '../../../server/delivery/retry.ts';

const request = (method: string): OutboundRequest => ({
  method,
  url: new URL('https://a.example/start?x=1'),
  headers: [],
});
const context: DeliveryContext = { allowedHosts: 'open', purpose: 'request' };
const fault = (kind: DeliveryFault['kind'], sent: boolean) => ({ fault: { kind, sent, message: '' } });
const response = (status: number, location?: string) => ({
  response: {
    status,
    headers: location === undefined ? [] : ([['location', location]] as [string, string][]),
    body: new Uint8Array(),
    truncated: false,
  },
});

describe('another try', () => {
  const cases: [string, DeliveryFault['kind'], boolean, number][] = [
    ['POST', 'connect', false, 2],
    ['POST', 'dns', false, 2],
    ['POST', 'tls', false, 2],
    ['POST', 'reset', true, 1],
    ['POST', 'timeout', true, 1],
    ['PUT', 'reset', true, 1],
    ['DELETE', 'reset', true, 1],
    ['GET', 'reset', true, 3],
    ['HEAD', 'connect', false, 3],
    ['OPTIONS', 'reset', true, 3],
    ['GET', 'too_large', true, 1],
    ['GET', 'protocol', true, 1],
  ];
  for (const [method, kind, sent, most] of cases) {
    test(`${method} after ${kind}, ${sent ? 'sent' : 'not sent'}: ${most} in all`, () => {
      let tries = 1;
      while (mayTryAgain(request(method), fault(kind, sent), tries, context)) tries++;
      assert.equal(tries, most);
    });
  }

  test('what asks for tokens is not repeated once sent', () => {
    assert.equal(
      mayTryAgain(request('GET'), fault('reset', true), 1, { ...context, purpose: 'token' }),
      false,
    );
  });

  test('an answer is the answer, unless it refuses time or nonce and came whole', () => {
    const asking = { ...context, retryRefused: () => true };
    assert.equal(mayTryAgain(request('GET'), response(503), 1, asking), false);
    assert.equal(isRefusedAsStale(response(401), asking), true);
    assert.equal(isRefusedAsStale(response(401), context), false);
    assert.equal(isRefusedAsStale({ ...response(401), ...fault('reset', true) }, asking), false);
  });
});

describe('a redirect', () => {
  const followed = (
    method: string,
    status: number,
    location: string,
    purpose: 'request' | 'token' = 'request',
  ) => followRedirect(request(method), response(status, location), purpose)?.url.href;

  test('to the same origin is followed for GET and HEAD', () => {
    for (const status of [301, 302, 303, 307, 308]) {
      assert.equal(followed('GET', status, '/next?y=2'), 'https://a.example/next?y=2');
      assert.equal(followed('HEAD', status, 'next'), 'https://a.example/next');
    }
  });

  test('is the answer for every other method and for token endpoints', () => {
    for (const method of ['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'])
      assert.equal(followed(method, 307, '/n'), undefined);
    assert.equal(followed('GET', 302, '/n', 'token'), undefined);
    assert.equal(followed('GET', 304, '/n'), undefined);
  });

  const elsewhere = [
    'http://a.example/',
    'https://a.example:8443/',
    'https://b.example/',
    'https://user@a.example/',
    '//b.example/',
    'http://127.0.0.1/',
    'file:///etc/passwd',
    'https://',
    '\\\\b.example',
  ];
  for (const location of elsewhere) {
    test(`to ${location} is the answer`, () => assert.equal(followed('GET', 302, location), undefined));
  }
});
