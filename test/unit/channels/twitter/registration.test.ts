import assert from 'node:assert/strict';
import { test } from 'node:test';
import { twitterChannel } from '../../../../server/channels/twitter/twitter.ts';
import { answer, now, numbered, valueIn } from './answers.ts';

const type = twitterChannel({ origin: 'https://api.example' });
const { registration } = type;
const label = 'ProductionEnvironment';
const base = 'https://api.example/1.1/account_activity/all/ProductionEnvironment';

test('each step calls its address with the right to do so', () => {
  const steps = {
    identity: registration.identity(),
    appToken: registration.appToken(),
    list: registration.listWebhooks(label),
    create: registration.createWebhook(label, 'https://hub.test/hooks/x/st-1f2e3d'),
    validate: registration.validateWebhook(label, '1234567890'),
    delete: registration.deleteWebhook(label, '1234567890'),
    subscribe: registration.subscribe(label),
    isSubscribed: registration.isSubscribed(label),
    unsubscribe: registration.unsubscribe(label, '3001'),
  };
  const calls = Object.fromEntries(
    Object.entries(steps).map(([name, { request }]) => [
      name,
      `${request.auth} ${request.method} ${request.url} ${request.body}`.trim(),
    ]),
  );
  assert.deepEqual(calls, {
    identity:
      'account GET https://api.example/1.1/account/verify_credentials.json?include_entities=false&skip_status=true',
    appToken: 'consumer POST https://api.example/oauth2/token grant_type=client_credentials',
    list: `app GET ${base}/webhooks.json`,
    create: `account POST ${base}/webhooks.json?url=https%3A%2F%2Fhub.test%2Fhooks%2Fx%2Fst-1f2e3d`,
    validate: `account PUT ${base}/webhooks/1234567890.json`,
    delete: `account DELETE ${base}/webhooks/1234567890.json`,
    subscribe: `account POST ${base}/subscriptions.json`,
    isSubscribed: `account GET ${base}/subscriptions.json`,
    unsubscribe: `app DELETE ${base}/subscriptions/3001.json`,
  });
});

test('the identity is read by its text id, the access level from its header', () => {
  const body =
    '{"id":1990000000000000301,"id_str":"1990000000000000301","name":"Acme Help","screen_name":"acmehelp"}';
  const read = (headers?: Record<string, string>) =>
    valueIn(registration.identity(), answer(200, body, headers));
  assert.deepEqual(read({ 'x-access-level': 'read-write-directmessages' }), {
    person: { id: '1990000000000000301', name: 'Acme Help', handle: 'acmehelp', imageUrl: null },
    accessLevel: 'read-write-directmessages',
  });
  assert.equal(read().accessLevel, null);
  assert.equal(read({ 'x-access-level': '<b>' }).accessLevel, null);
  const second = type.versions?.get('v2')?.registration.identity();
  assert.ok(second);
  assert.equal(second.request.url, 'https://api.example/2/users/me?user.fields=profile_image_url');
  const user = '{"data":{"id":"3001","name":"Acme Help","username":"acmehelp"}}';
  assert.equal(valueIn(second, answer(200, user)).person.handle, 'acmehelp');
  const reading = registration.identity().read(answer(200, '{"id":3001}'), now);
  assert.equal(reading.ok, false, 'a number is no id');
});

test('webhooks are read from list and creation', () => {
  const hook = '{"id":"1234567890","url":"https://hub.test/hooks/x/a","valid":true,"created_timestamp":"x"}';
  const value = { id: '1234567890', url: 'https://hub.test/hooks/x/a', valid: true };
  assert.deepEqual(valueIn(registration.listWebhooks(label), answer(200, `[${hook},{"id":7}]`)), [value]);
  assert.deepEqual(valueIn(registration.listWebhooks(label), answer(200, '[]')), []);
  assert.deepEqual(valueIn(registration.createWebhook(label, value.url), answer(200, hook)), value);
  assert.equal(registration.listWebhooks(label).read(answer(200, '{}'), now).ok, false);
});

test('the app token is read', () => {
  const body = '{"token_type":"bearer","access_token":"app-token"}';
  assert.equal(valueIn(registration.appToken(), answer(200, body)), 'app-token');
});

test('what is done already, or gone already, is done', () => {
  assert.equal(valueIn(registration.subscribe(label), answer(204, '')), null);
  assert.equal(valueIn(registration.subscribe(label), numbered(409, 355)), null);
  assert.equal(valueIn(registration.deleteWebhook(label, '1'), numbered(404, 34)), null);
  assert.equal(valueIn(registration.unsubscribe(label, '3001'), numbered(404, 34)), null);
  assert.equal(registration.validateWebhook(label, '1').read(numbered(404, 34), now).ok, false);
});

test('whether the account is subscribed is yes, no, or a refusal', () => {
  const call = registration.isSubscribed(label);
  assert.equal(valueIn(call, answer(204, '')), true);
  assert.equal(valueIn(call, numbered(404, 34)), false);
  const reading = call.read(numbered(403, 200), now);
  assert.equal(!reading.ok && reading.remedy, 'awaiting_provider_access');
});

test('no label or id leaves its place in the address', () => {
  const { request } = registration.deleteWebhook('../x', '1/../../2?a=b');
  assert.equal(
    request.url,
    'https://api.example/1.1/account_activity/all/..%2Fx/webhooks/1%2F..%2F..%2F2%3Fa%3Db.json',
  );
});
