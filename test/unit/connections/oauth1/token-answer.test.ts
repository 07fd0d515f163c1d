import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readTokenAnswer } from '../../../../server/connections/oauth1/token-answer.ts';

function answer(body: string | Uint8Array, status = 200) {
  return { status, headers: [], body: Buffer.from(body), truncated: false };
}

test('a form is read whatever its label, with plus and escapes decoded', () => {
  const read = readTokenAnswer(
    answer('oauth_token=a%2Bb+c&oauth_token_secret=s%3D&user_id=12&screen_name=al%C3%AD'),
  );
  assert.ok(!('fault' in read));
  assert.deepEqual([read.token, read.tokenSecret], ['a+b c', 's=']);
  assert.equal(read.fields.get('screen_name'), 'alí');
});

test('JSON is read, and ids above 2^53 keep their digits', () => {
  const read = readTokenAnswer(
    answer(
      '{"oauth_token":"t","oauth_token_secret":"s","user_id":9007199254740993,"oauth_callback_confirmed":true}',
    ),
  );
  assert.ok(!('fault' in read));
  assert.equal(read.fields.get('user_id'), '9007199254740993');
  assert.equal(read.fields.get('oauth_callback_confirmed'), 'true');
});

test('what is malformed, doubled, empty, too long or not 200 is refused', () => {
  const cases = [
    '',
    'oauth_token=t',
    'oauth_token=&oauth_token_secret=s',
    'oauth_token=t&oauth_token=t&oauth_token_secret=s',
    'oauth_token=t&oauth_token_secret=s&oauth_token_secret=s',
    'oauth_token=t&oauth_token_secret=s&user_id=1&user_id=2',
    'oauth_token=%00&oauth_token_secret=s',
    'oauth_token=%ZZ&oauth_token_secret=s',
    `oauth_token=${'t'.repeat(17_000)}&oauth_token_secret=s`,
    `oauth_token=${'t'.repeat(5_000)}&oauth_token_secret=s`,
    '<html>oauth_token=t&oauth_token_secret=s</html>',
    '{"oauth_token":"t","oauth_token":"u","oauth_token_secret":"s"}',
    '{"oauth_token":5,"oauth_token_secret":"s"}',
    '{"oauth_token":"t","oauth_token_secret":null}',
    '{"oauth_token":"t","oauth_token_secr',
    '["oauth_token"]',
  ];
  for (const body of cases) assert.ok('fault' in readTokenAnswer(answer(body)), body.slice(0, 60));
  assert.ok('fault' in readTokenAnswer(answer(Uint8Array.of(0xff, 0xfe))));
  for (const status of [201, 302, 401]) {
    assert.ok('fault' in readTokenAnswer(answer('oauth_token=t&oauth_token_secret=s', status)));
  }
  const cut = { ...answer('oauth_token=t&oauth_token_secret=s'), truncated: true };
  assert.ok('fault' in readTokenAnswer(cut));
});
