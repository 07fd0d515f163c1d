import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ActionTools } from '../../../server/bots/action.ts';
import { setHttpBody } from '../../../server/bots/actions/set-http-body.ts';
import { setHttpHeader } from '../../../server/bots/actions/set-http-header.ts';
import { setHttpStatus } from '../../../server/bots/actions/set-http-status.ts';
import { eventWebhookReceived, readScope, sampleScope } from '../../../server/bots/event.ts';
import { readAnswerHeader, readAnswerStatus } from '../../../server/bots/http-answer.ts';
import { refusingTools } from '../../support/bots.ts';

const refused = { code: 'request_refused' };

test('a status is a number from 200 to 599', () => {
  for (const text of ['200', ' 404\n', '599']) assert.equal(readAnswerStatus(text), Number(text.trim()));
  for (const text of ['', '0', '100', '199', '600', '2000', '20x', '-200', '2e2']) {
    assert.throws(() => readAnswerStatus(text), refused, text);
  }
});

test('a header is trimmed and taken', () => {
  assert.deepEqual(readAnswerHeader(' Content-Type ', ' text/xml '), {
    name: 'Content-Type',
    value: 'text/xml',
  });
  assert.deepEqual(readAnswerHeader('X-Empty', ''), { name: 'X-Empty', value: '' });
});

test('no line break gets into a header, in its name or in its value', () => {
  for (const [name, value] of [
    ['X-A', 'a\r\nSet-Cookie: b=c'],
    ['X-A', 'a\nb'],
    ['X-A', 'a\rb'],
    ['X-A\r\nSet-Cookie', 'b'],
    ['X A', 'b'],
    ['', 'b'],
    ['X-A:', 'b'],
    ['X-A', 'a\u0000b'],
    ['X-A', 'grüße ☃'],
    ['X-A', 'a'.repeat(8193)],
  ] as const) {
    assert.throws(() => readAnswerHeader(name, value), refused, `${name}: ${value.slice(0, 30)}`);
  }
});

test('headers of the connection, cookies and what guards the hub’s own pages are refused', () => {
  for (const name of [
    'Set-Cookie',
    'set-cookie',
    'Connection',
    'Transfer-Encoding',
    'Content-Length',
    'Content-Security-Policy',
    'Strict-Transport-Security',
    'Clear-Site-Data',
    'Service-Worker-Allowed',
    'Upgrade',
    'TE',
    'Trailer',
    'Proxy-Authenticate',
    'X-Frame-Options',
  ]) {
    assert.throws(() => readAnswerHeader(name, 'x'), refused, name);
  }
});

test('the actions render what they are given and set it on the answer', async () => {
  const set: unknown[] = [];
  const said: string[] = [];
  const tools = refusingTools({
    render: async (template) => template.replace('{{code}}', '418').replace('{{name}}', 'Ana'),
    say: (text) => said.push(text),
    answer: {
      status: (code) => set.push(code),
      header: (name, value) => set.push([name, value]),
      body: (text) => set.push(text),
    } satisfies ActionTools['answer'],
  });
  await setHttpStatus.run({ value: '{{code}}' }, tools);
  await setHttpHeader.run({ name: 'X-Name', value: '{{name}}' }, tools);
  await setHttpBody.run({ value: 'Hello {{name}}' }, tools);
  assert.deepEqual(set, [418, ['X-Name', 'Ana'], 'Hello Ana']);
  assert.deepEqual(said, [
    '>>> Setting HTTP response status: 418',
    '>>> Setting HTTP response header:\nX-Name: Ana',
    '>>> Setting HTTP response body:\nHello Ana',
  ]);
});

test('a refused status or header fails the action', async () => {
  const tools = refusingTools({});
  await assert.rejects(setHttpStatus.run({ value: '99' }, tools), refused);
  await assert.rejects(setHttpHeader.run({ name: 'Set-Cookie', value: 'a=b' }, tools), refused);
});

test('placeholders of a webhook that are objects are typed as JSON', () => {
  const sample = sampleScope(eventWebhookReceived);
  assert.equal(typeof sample.http_headers, 'object');
  assert.equal(sample.http_verb, 'POST');
  const typed = readScope(eventWebhookReceived, { http_params: '{"a":"1"}', http_body: 'x' });
  assert.deepEqual({ ...(typed.http_params as object) }, { a: '1' });
  assert.equal(typed.http_body, 'x');
  assert.throws(() => readScope(eventWebhookReceived, { http_params: '[1]' }), { code: 'bad_request' });
});
