import assert from 'node:assert/strict';
import { test } from 'node:test';
import { twitterChannel } from '../../../../server/channels/twitter/twitter.ts';
import { channelTypes, findChannelType } from '../../../../server/channels/types.ts';
import { providers } from '../../../../server/connections/providers/index.ts';
import { readServiceDraft } from '../../../../server/connections/service.ts';

const type = twitterChannel();

test('the table finds the type by its id, and its other version by name', () => {
  assert.equal(findChannelType(channelTypes, 'twitter')?.capabilities.buttons, true);
  assert.equal(findChannelType(channelTypes, 'twitter', 'v2')?.capabilities.buttons, false);
  assert.equal(findChannelType(channelTypes, 'twitter', 'v2')?.id, 'twitter');
  assert.equal(findChannelType(channelTypes, 'twitter', 'v3'), undefined);
  assert.equal(findChannelType(channelTypes, 'telegram'), undefined);
});

test('the limits are those of the guides', () => {
  assert.deepEqual(type.limits, {
    messagesPerDay: 1000,
    answersPerMessage: 5,
    answerWindowMs: 86_400_000,
    maxTextLength: 10_000,
    maxButtons: 20,
    maxButtonLabelLength: 36,
    maxButtonPayloadLength: 1000,
    maxPostLength: 280,
  });
});

test('the connected service it makes from two keys is read without remarks', () => {
  const reading = readServiceDraft(type.service('fake-consumer-key', 'fake-consumer-secret'), providers);
  assert.deepEqual([reading.faults, reading.unsupported, reading.warnings], [[], [], []]);
  assert.deepEqual(reading.value.allowedHosts, ['api.twitter.com']);
  assert.match(String(reading.value.params.authentication_url), /\/oauth\/authorize$/);
});

test('every call goes to the host that its service allows', () => {
  const other = twitterChannel({ origin: 'http://127.0.0.1:4010' });
  assert.deepEqual(other.service('k', 's').allowed_hosts, ['127.0.0.1:4010']);
  for (const one of [other, ...(other.versions?.values() ?? [])]) {
    const { request } = one.send({ kind: 'post', text: 'x', inReplyTo: null });
    assert.equal(new URL(request.url).host, '127.0.0.1:4010');
  }
});

test('the fields bear the names of the guides, and the secrets are marked', () => {
  assert.deepEqual(
    type.keyFields.map(({ label, isSecret }) => [label, isSecret]),
    [
      ['API key', false],
      ['API Secret Key', true],
      ['Access Token', false],
      ['Access Token Secret', true],
    ],
  );
  assert.equal(type.label.name, 'Environment Label');
  for (const good of ['prod', 'ProductionEnvironment', 'a_b-1']) assert.match(good, type.label.pattern);
  for (const bad of ['', 'a b', 'a/b', '..', 'é', 'a\n', 'x'.repeat(65)]) {
    assert.doesNotMatch(bad, type.label.pattern);
  }
});

test('what a token may do follows its access level; an unknown one is tried', () => {
  const table: [string | null, boolean, boolean][] = [
    ['read', false, false],
    ['read-write', false, true],
    ['read-write-directmessages', true, true],
    [null, true, true],
  ];
  for (const [level, mayDirect, mayPost] of table) {
    assert.equal(type.mayDirect(level), mayDirect, String(level));
    assert.equal(type.mayPost(level), mayPost, String(level));
  }
});

test('the set-up list goes from account to Enable, each item with its name today', () => {
  assert.deepEqual(
    type.setUp.map(({ id }) => id),
    ['account', 'app', 'oauth1', 'permission', 'anyone', 'access', 'label', 'keys', 'authorize', 'enable'],
  );
  for (const { title, help, today } of type.setUp) assert.ok(title && help && today);
  assert.ok(type.setUp.some(({ today }) => today === 'no longer exists'));
});

test('the text to paste fits the form of 200 characters', () => {
  const paste = type.setUp.find(({ id }) => id === 'access')?.paste ?? '';
  assert.ok(paste.length > 50 && paste.length <= 200, String(paste.length));
});

test('what X charges, has deprecated, and that it was not tried live, is said', () => {
  const said = type.honesty.join('\n');
  for (const word of [/never against the live service/, /no free tier/, /deprecated/, /encrypted/]) {
    assert.match(said, word);
  }
});
