/** The signature explainer over API and pages, for deliveries and for requests typed by hand. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { consumer, password, startTestHub, type TestHub } from '../support/hub.ts';
import { createVisitor, signedIn, type Visitor } from '../support/visitor.ts';

const url = 'https://api.twitter.com/1.1/statuses/update.json?trim_user=true';
const form = { method: 'POST', url, body: 'status=Hello+W%C3%B6rld&tag=a' };

let hub: TestHub;
let ada: Visitor;
let accountId = '';
let deliveryId = '';
let token = { token: '', tokenSecret: '' };

before(async () => {
  hub = await startTestHub();
  ada = await signedIn(hub.url, 'ada@example.com', password);
  token = hub.sandbox.issueToken(consumer.key, 'alice');
  const host = 'https://api.twitter.com/oauth';
  const service = await hub.api('POST', '/connected-services', {
    name: 'Bird',
    extension_id: 'cerb.service.provider.oauth1',
    params: {
      client_id: consumer.key,
      client_secret: consumer.secret,
      request_token_url: `${host}/request_token`,
      authentication_url: `${host}/authenticate`,
      access_token_url: `${host}/access_token`,
    },
  });
  const account = await hub.api('POST', '/connected-accounts', {
    name: 'Perch',
    service_id: service.body.id,
  });
  accountId = account.body.id;
  const { status } = await hub.api('PUT', `/connected-accounts/${accountId}/credentials`, {
    oauth_token: token.token,
    oauth_token_secret: token.tokenSecret,
  });
  assert.equal(status, 200);
  const sent = await hub.api('POST', `/connected-accounts/${accountId}/request`, form);
  assert.equal(sent.body.info.http_code, 200, sent.text);
  deliveryId = sent.body.delivery_id;
});
after(() => hub.close());

const byHand = (body: object) => hub.api('POST', `/connected-accounts/${accountId}/explain`, body);
const ofDelivery = (body: object) => hub.api('POST', `/deliveries/${deliveryId}/explain`, body);

/** The base string as the remote side has it, the token in it. */
function unmasked(baseString: string): string {
  const masked = /(oauth_token%3D)\[masked, \d+ characters\]/;
  assert.match(baseString, masked);
  return baseString.replace(masked, (_, name) => name + encodeURIComponent(encodeURIComponent(token.token)));
}

function assertNoSecret(text: string): void {
  for (const secret of [token.token, token.tokenSecret, consumer.secret])
    assert.ok(!text.includes(secret), text);
}

test('a request typed by hand is explained: origins, parameter string, base string, key and header; none is sent', async () => {
  hub.sandbox.journal.clear();
  const { status, body, text } = await byHand({ ...form, timestamp: 1_730_000_000, nonce: 'n1' });
  assert.equal(status, 200, text);
  assert.deepEqual([body.account_id, body.method, body.url], [accountId, 'POST', url]);
  assert.equal(body.signature_method, 'HMAC-SHA1');
  assert.deepEqual(body.parameters.slice(0, 3), [
    { name: 'trim_user', value: 'true', origin: 'query' },
    { name: 'status', value: 'Hello Wörld', origin: 'body' },
    { name: 'tag', value: 'a', origin: 'body' },
  ]);
  const masked = `[masked, ${token.token.length} characters]`;
  assert.equal(
    body.normalized_parameters,
    `oauth_consumer_key=${consumer.key}&oauth_nonce=n1&oauth_signature_method=HMAC-SHA1&oauth_timestamp=1730000000&oauth_token=${masked}&oauth_version=1.0&status=Hello%20W%C3%B6rld&tag=a&trim_user=true`,
  );
  assert.ok(
    body.base_string.startsWith('POST&https%3A%2F%2Fapi.twitter.com%2F1.1%2Fstatuses%2Fupdate.json&oauth_'),
  );
  assert.equal(
    body.key,
    `[masked, ${consumer.secret.length} characters]&[masked, ${token.tokenSecret.length} characters]`,
  );
  assert.match(body.header, /^OAuth oauth_consumer_key="test-consumer-key".*oauth_token="\[masked/);
  assert.deepEqual([body.difference, body.note], [null, null]);
  assertNoSecret(text);
  assert.deepEqual(hub.sandbox.journal.entries(), []);
});

test("a delivery's base string is the one that the remote side makes, token included", async () => {
  const { body, text } = await ofDelivery({});
  assertNoSecret(text);
  const same = await ofDelivery({ theirs: unmasked(body.base_string) });
  assert.equal(same.body.difference.same, true, same.text);
  assertNoSecret(same.text);
});

test('the first difference from a delivery is told with its place and a cause', async () => {
  const { body } = await ofDelivery({});
  const theirs = unmasked(body.base_string).replace(/%26tag%3Da/, '');
  const { body: compared, text } = await ofDelivery({ theirs });
  const { difference } = compared;
  assert.deepEqual(
    [difference.same, difference.part, difference.parameter],
    [false, 'parameters', { name: 'tag', origin: 'body' }],
    text,
  );
  assert.match(difference.guesses[0], /left out the body parameter tag/);
  assertNoSecret(text);
});

test('a base string pasted with a request typed by hand lends it timestamp and nonce', async () => {
  const { body } = await ofDelivery({});
  const { body: compared } = await byHand({ ...form, theirs: unmasked(body.base_string) });
  assert.equal(compared.difference.same, true, JSON.stringify(compared.difference));
});

test('what cannot be explained is refused with the reason', async () => {
  const refusals: [object, number, string][] = [
    [{ method: 'GET', url: 'https://api.twitter.com/x?oauth_token=other' }, 422, 'request_refused'],
    [{ method: 'GET', url: 'nonsense' }, 422, 'request_refused'],
    [{ method: 'GET' }, 400, 'bad_request'],
    [{ ...form, body_base64: 'AA==' }, 400, 'bad_request'],
    [{ ...form, theirs: '' }, 400, 'bad_request'],
  ];
  for (const [asked, status, code] of refusals) {
    const refused = await byHand(asked);
    assert.deepEqual([refused.status, refused.body.error.code], [status, code], refused.text);
  }
  assert.equal((await hub.api('POST', '/deliveries/01KAPG0000000000000000000Z/explain', {})).status, 404);
});

test('what the signer refuses is told with its reason, and no byte of it leaves', async () => {
  hub.sandbox.journal.clear();
  const post = (body: string, type: string | string[]) => ({
    ...form,
    body,
    headers: { 'Content-Type': type },
  });
  const formType = 'application/x-www-form-urlencoded';
  const refusals: [object, string | undefined][] = [
    [{ method: 'GET', url: `${url}&oauth_nonce=1` }, 'protocol_parameter_in_query'],
    [{ method: 'GET', url: `${url}&%6Fauth_nonce=1` }, 'protocol_parameter_in_query'],
    [{ method: 'GET', url: `${url}&q=100%` }, 'query_not_decodable'],
    // The door itself looks at method and headers, before anything is signed.
    [{ method: 'GE T', url }, undefined],
    [post('oauth_callback=oob', formType), 'protocol_parameter_in_body'],
    [post('{"a":1}', formType), 'body_not_decodable'],
    [post('a=1', [formType, 'text/plain']), undefined],
  ];
  for (const [asked, reason] of refusals) {
    const refused = await hub.api('POST', `/connected-accounts/${accountId}/request`, asked);
    assert.deepEqual(
      [refused.status, refused.body.error.code, refused.body.error.reason],
      [422, 'request_refused', reason],
      refused.text,
    );
  }
  assert.deepEqual(hub.sandbox.journal.entries(), []);
});

test('only admin keys explain', async () => {
  const key = await hub.hub.createApiKey({ name: 'small', isAdmin: false, accounts: [accountId] });
  assert.equal((await hub.api('POST', `/connected-accounts/${accountId}/explain`, form, key)).status, 403);
  assert.equal((await hub.api('POST', `/deliveries/${deliveryId}/explain`, {}, key)).status, 403);
});

test('on its page a delivery is compared: the difference is marked on both sides', async () => {
  const { body } = await ofDelivery({});
  const detail = await ada.get(`/activity/${deliveryId}`);
  assert.match(detail.text, new RegExp(`action="/activity/${deliveryId}/signature#explained"`));
  const shown = await ada.get(`/activity/${deliveryId}/signature`);
  assert.match(
    shown.text,
    /<th scope="row"><code>status<\/code><\/th><td class="long"><code>Hello Wörld<\/code><\/td><td>Body<\/td>/,
  );
  const theirs = unmasked(body.base_string).replace('W%25C3%25B6rld', 'W%25F6rld');
  const compared = await ada.post(`/activity/${deliveryId}/signature`, { theirs });
  assert.equal(compared.status, 200);
  assert.match(compared.text, /take the body parameter status for ISO 8859-1/);
  assert.match(compared.text, /<mark>%25C3<\/mark>/);
  assert.match(compared.text, /<mark>%25F6<\/mark>/);
  assertNoSecret(shown.text + compared.text);
});

test('the page of an account explains what is typed, and keeps it when it is refused', async () => {
  const card = await ada.get(`/connected-accounts/${accountId}`);
  assert.match(card.text, new RegExp(`href="/connected-accounts/${accountId}/explain"`));
  await ada.get(`/connected-accounts/${accountId}/explain`);
  const typed = { method: 'POST', url, headers: 'Content-Type: application/json\r\nX-A: b', body: '{"a":1}' };
  const told = await ada.post(`/connected-accounts/${accountId}/explain`, typed);
  assert.equal(told.status, 200);
  assert.match(told.text, /<code>trim_user<\/code>/);
  assert.doesNotMatch(told.text, /<td>Body<\/td>/);
  const headers = await ada.post(`/connected-accounts/${accountId}/explain`, {
    ...typed,
    headers: 'nonsense',
  });
  assert.equal(headers.status, 400);
  assert.match(headers.text, /Write each header as/);
  const refused = await ada.post(`/connected-accounts/${accountId}/explain`, {
    ...typed,
    url: `${url}&oauth_token=x`,
  });
  assert.equal(refused.status, 422);
  assert.match(refused.text, /only the signer sets those/);
  assert.match(refused.text, /value="POST"/);
  assertNoSecret(told.text + refused.text);
});

test('who may not use an account sees neither its deliveries nor how it signs', async () => {
  const address = new URL(await hub.hub.addWorker({ email: 'bob@example.com', isAdmin: false }));
  const bob = createVisitor(hub.url);
  await bob.get(address.pathname);
  const welcome = await bob.post(address.pathname, { name: 'Bob', password, password_again: password });
  assert.equal(welcome.status, 303);
  await bob.get('/');
  assert.equal((await bob.get(`/activity/${deliveryId}/signature`)).status, 404);
  assert.equal((await bob.post(`/activity/${deliveryId}/signature`, { theirs: 'POST&x&y' })).status, 404);
  assert.equal((await bob.get(`/connected-accounts/${accountId}/explain`)).status, 403);
  assert.equal((await bob.post(`/connected-accounts/${accountId}/explain`, form)).status, 403);
});
