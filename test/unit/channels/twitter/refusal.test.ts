import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Remedy } from '../../../../server/channels/channel.ts';
import { type Purpose, readRefusal } from '../../../../server/channels/twitter/refusal.ts';
import { answer, now, numbered } from './answers.ts';

test('every code has its remedy', () => {
  const table: [number, number, Remedy, Purpose][] = [
    [401, 32, 'reauthorize', 'send'],
    [401, 89, 'reauthorize', 'send'],
    [403, 99, 'reauthorize', 'register'],
    [403, 348, 'reauthorize', 'register'],
    [401, 135, 'fail', 'send'],
    [400, 215, 'fail', 'send'],
    [403, 93, 'needs_permission', 'send'],
    [403, 261, 'needs_permission', 'send'],
    [403, 150, 'fail', 'send'],
    [403, 151, 'fail', 'send'],
    [403, 349, 'fail', 'send'],
    [403, 476, 'fail', 'send'],
    [403, 354, 'fail', 'send'],
    [403, 186, 'fail', 'send'],
    [403, 187, 'fail', 'send'],
    [403, 226, 'blocked', 'send'],
    [403, 64, 'blocked', 'send'],
    [403, 326, 'blocked', 'send'],
    [403, 416, 'blocked', 'send'],
    [403, 385, 'fail', 'send'],
    [403, 433, 'fail', 'send'],
    [404, 144, 'fail', 'send'],
    [404, 34, 'fail', 'send'],
    [403, 327, 'already_done', 'send'],
    [403, 185, 'wait', 'send'],
    [403, 453, 'awaiting_provider_access', 'send'],
    [403, 415, 'fail', 'read'],
    [429, 88, 'wait', 'send'],
    [409, 355, 'already_done', 'register'],
    [403, 200, 'awaiting_provider_access', 'register'],
    [403, 214, 'fail', 'register'],
    [404, 34, 'fail', 'register'],
    [503, 130, 'unknown', 'send'],
    [500, 131, 'unknown', 'send'],
    [503, 130, 'wait', 'read'],
    [500, 131, 'wait', 'register'],
    [403, 99999, 'fail', 'send'],
    [401, 99999, 'reauthorize', 'send'],
    [503, 99999, 'unknown', 'send'],
  ];
  for (const [status, code, remedy, purpose] of table) {
    const refusal = readRefusal(numbered(status, code), now, purpose);
    assert.equal(refusal.remedy, remedy, `${status}/${code} ${purpose}`);
    assert.equal(refusal.code, String(code));
    assert.ok(refusal.message.length > 20);
    assert.equal(refusal.retryAt !== undefined, remedy === 'wait', `${code} says when only if it waits`);
  }
});

test('problems of version 2 are known by their type, and by their words where they have none', () => {
  const table: [number, Record<string, unknown>, Remedy, string][] = [
    [
      403,
      { title: 'Forbidden', type: 'https://api.twitter.com/2/problems/oauth1-permissions', status: 403 },
      'needs_permission',
      'oauth1-permissions',
    ],
    [
      403,
      { type: 'https://api.twitter.com/2/problems/client-forbidden', reason: 'client-not-enrolled' },
      'awaiting_provider_access',
      'client-forbidden',
    ],
    [
      403,
      {
        type: 'about:blank',
        detail: 'You are not allowed to create a Tweet with duplicate content.',
        status: 403,
      },
      'fail',
      'http_403',
    ],
    [402, { title: 'CreditsDepleted', detail: 'No credits' }, 'blocked', 'http_402'],
    [429, { title: 'Too Many Requests', type: 'about:blank' }, 'wait', 'http_429'],
    [
      404,
      { errors: [{ type: 'https://api.x.com/2/problems/resource-not-found' }] },
      'fail',
      'resource-not-found',
    ],
    [420, {}, 'wait', 'http_420'],
  ];
  for (const [status, body, remedy, code] of table) {
    const refusal = readRefusal(answer(status, JSON.stringify(body)), now, 'send');
    assert.equal(refusal.remedy, remedy, JSON.stringify(body));
    assert.equal(refusal.code, code);
  }
});

test('the rule of 2026 on public answers is explained', () => {
  const detail = 'You can only reply to or quote posts where you are mentioned.';
  const refusal = readRefusal(answer(403, JSON.stringify({ detail })), now, 'send');
  assert.equal(refusal.remedy, 'fail');
  assert.match(refusal.message, /mention or quote the account/);
});

test('hints name the next step in the words of the guides', () => {
  const said = (code: number, purpose: Purpose = 'send') =>
    readRefusal(numbered(403, code), now, purpose).message;
  assert.match(said(349), /messages from anyone/);
  assert.match(said(150), /messages from anyone/);
  assert.match(said(214), /messages from anyone/);
  assert.match(said(93), /then make a new access token/);
  assert.match(said(200, 'register'), /case-sensitive/);
  assert.match(said(214, 'register'), /within 3 seconds.*It says: "Said there\."$/);
});

test('words of the service are shown for unknown codes, short and on one line', () => {
  const message = `a\u0000b\n${'x'.repeat(500)}`;
  const refusal = readRefusal(answer(418, JSON.stringify({ errors: [{ code: 7, message }] })), now, 'send');
  assert.match(refusal.message, /status 418 and code 7\. It says: "a b x{196}"$/);
});

test('an answer that is no JSON, or names inherited codes, is read by its status', () => {
  assert.equal(readRefusal(answer(403, ''), now, 'send').code, 'http_403');
  assert.equal(readRefusal(answer(403, '"text"'), now, 'send').remedy, 'fail');
  const odd = answer(403, '{"errors":[{"code":"constructor"}],"type":"x/toString"}');
  assert.equal(readRefusal(odd, now, 'send').code, 'http_403');
  assert.equal(readRefusal(answer(400, '{"reason":"constructor"}'), now, 'send').remedy, 'fail');
});

test('a limit of the day waits at least half an hour, and for the reset the headers tell', () => {
  assert.equal(readRefusal(numbered(403, 185), now, 'send').retryAt, now + 1_800_000);
  const reset = now / 1000 + 7200;
  const headers = { 'x-user-limit-24hour-remaining': '0', 'x-user-limit-24hour-reset': String(reset) };
  assert.equal(readRefusal(numbered(403, 185, headers), now, 'send').retryAt, reset * 1000 + 1000);
});
