/** Who an account is: which call a service's record names, and what is read from its answer. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { identityCallOf, identityText, readIdentity } from '../../../server/connections/identity.ts';

const read = (params: Record<string, unknown>, answer: string) => {
  const call = identityCallOf(params);
  assert.ok(call);
  return readIdentity(call, Buffer.from(answer));
};

test('the identity parameter names the call and the places in its answer', () => {
  const identity = { method: 'post', url: 'https://a.example/me', id: 'data.0.id', name: 'data.0.login' };
  assert.equal(identityCallOf({ identity })?.request.method, 'POST');
  assert.deepEqual(read({ identity }, '{"data":[{"id":9007199254740993,"login":"al"}]}'), {
    id: '9007199254740993',
    name: 'al',
  });
});

test("a resource owner's address serves in its place, and the usual words are looked for", () => {
  const params = { resource_owner_url: 'https://a.example/user' };
  for (const [answer, id, name] of [
    ['{"sub":"s1","email":"a@example.com"}', 's1', 'a@example.com'],
    ['{"id":12,"login":"octo","name":"O"}', '12', 'octo'],
    ['{"account_id":"dbid:1","name":{"display_name":"D"}}', 'dbid:1', null],
    ['{"data":{"id":"7","username":"u"}}', '7', 'u'],
    ['{"nothing":1}', null, null],
  ] as const) {
    assert.deepEqual(read(params, answer), { id, name }, answer);
  }
  const identity = { url: 'https://b.example/me' };
  assert.equal(identityCallOf({ ...params, identity })?.request.url.host, 'b.example');
});

test('a blank address is none, and an answer that is no JSON tells nobody', () => {
  assert.equal(identityCallOf({ resource_owner_url: '' }), undefined);
  assert.equal(identityCallOf({ identity: { id: 'user_id' } }), undefined);
  assert.equal(read({ resource_owner_url: 'https://a.example/' }, '<html>'), undefined);
});

test('ids and names are cut to whole characters of 255 bytes, and are text that any database keeps', () => {
  for (const [given, kept] of [
    ['', null],
    ['alice', 'alice'],
    ['x'.repeat(256), 'x'.repeat(255)],
    ['é'.repeat(255), 'é'.repeat(127)],
    [`a${'😀'.repeat(300)}`, `a${'😀'.repeat(63)}`],
    ['\ufeffbom', '\ufeffbom'],
    ['half \ud83d', 'half \ufffd'],
  ] as const) {
    assert.equal(identityText(given), kept);
  }
});
