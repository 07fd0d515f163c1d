import assert from 'node:assert/strict';
import { test } from 'node:test';
import { callerAddress, isOwnOrigin } from '../../../server/http/caller.ts';

test('without a trusted proxy the socket tells the address, whatever the header claims', () => {
  assert.equal(callerAddress('203.0.113.9', '198.51.100.1', []), '203.0.113.9');
});

test('a trusted proxy is believed for the hop next to it only', () => {
  assert.equal(callerAddress('10.0.0.1', '198.51.100.1, 203.0.113.9', ['10.0.0.0/8']), '203.0.113.9');
  assert.equal(
    callerAddress('10.0.0.1', '198.51.100.1, 203.0.113.9, 10.0.0.2', ['10.0.0.0/8']),
    '203.0.113.9',
  );
});

test('an IPv4 proxy is recognised behind an IPv6 socket', () => {
  assert.equal(callerAddress('::ffff:127.0.0.1', '203.0.113.9', ['127.0.0.1']), '203.0.113.9');
});

const origin = 'https://hub.example';
const cases: [title: string, headers: Record<string, string>, expected: boolean][] = [
  ['no Origin at all (an old browser, or a program with the token)', {}, true],
  ['our public origin', { origin, host: 'inside:3000' }, true],
  ['the very host that was asked', { origin: 'http://127.0.0.1:3000', host: '127.0.0.1:3000' }, true],
  ['another site', { origin: 'https://evil.example', host: 'hub.example' }, false],
  ['an opaque origin', { origin: 'null', host: 'hub.example' }, false],
  ['a page of ours without Referer', { origin: 'null', 'sec-fetch-site': 'same-origin' }, true],
  ['another site by Sec-Fetch-Site', { 'sec-fetch-site': 'cross-site' }, false],
  ['a sibling host', { 'sec-fetch-site': 'same-site' }, false],
  ['our own page', { 'sec-fetch-site': 'same-origin', origin }, true],
];
for (const [title, headers, expected] of cases) {
  test(`a form from ${title} is ${expected ? 'taken' : 'refused'}`, () => {
    assert.equal(isOwnOrigin(headers, origin), expected);
  });
}
