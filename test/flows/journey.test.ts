/** The main job, end to end, with real parts: import, link by three legs, save, sign a request, run a behavior. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { importPackage, linkAccount, type MadeRecord, type Traveller } from '../../server/demo/journey.ts';
import { fromRoot } from '../../server/root.ts';
import { withDatabases } from '../support/databases.ts';
import { consumer, startTestHub, type TestHub } from '../support/hub.ts';

const userPackage = readFileSync(
  join(import.meta.dirname, '../support/packages/twitter-service.json'),
  'utf8',
);
const ownPackage = readFileSync(fromRoot('packages', 'twitter.json'), 'utf8');
const answers = { prompt_client_id: consumer.key, prompt_client_secret: consumer.secret };

withDatabases((database) => {
  const on = database.name;
  let test_: TestHub;
  let traveller: Traveller;
  let accountId = '';
  let records: MadeRecord[] = [];

  before(async () => {
    test_ = await startTestHub({ database: await database.create() });
    traveller = { hub: test_.hub, browser: test_.admin, say: () => {} };
  });
  after(() => test_.close());

  test(`${on}: the user's package is planned without any unsupported item, and names its hosts`, async () => {
    const { status, body } = await test_.api('POST', '/packages/plan', { package: userPackage, prompts: {} });
    assert.equal(status, 200);
    assert.deepEqual(body.unsupported, []);
    assert.deepEqual(
      body.prompts.map((prompt: { key: string; missing: boolean }) => [prompt.key, prompt.missing]),
      [
        ['prompt_client_id', true],
        ['prompt_client_secret', true],
      ],
    );
    assert.deepEqual(
      body.records.map((record: { uid: string }) => record.uid),
      ['service_twitter', 'account_twitter'],
    );
    assert.equal(body.hosts[0].host, 'api.twitter.com');
    assert.match(JSON.stringify(body.warnings), /signature_method_/);
  });

  test(`${on}: imported through the pages it shows a bubble for each record`, async () => {
    records = await importPackage(traveller, userPackage, answers);
    assert.deepEqual(
      records.map(({ uid }) => uid),
      ['service_twitter', 'account_twitter'],
    );
    accountId = records[1]?.id ?? '';
  });

  test(`${on}: a second import of the same name is refused until a new copy is asked for`, async () => {
    const refused = await test_.api('POST', '/packages/import', { package: userPackage, prompts: answers });
    assert.equal(refused.status, 409);
    assert.equal(refused.body.error.code, 'already_imported');
    const copy = await test_.api('POST', '/packages/import', {
      package: userPackage,
      prompts: answers,
      mode: 'new',
    });
    assert.equal(copy.status, 201);
  });

  test(`${on}: an account that is not linked signs nothing and sends nothing`, async () => {
    test_.sandbox.journal.clear();
    const { status, body } = await request({
      method: 'GET',
      url: 'https://api.twitter.com/1.1/account/verify_credentials.json',
    });
    assert.equal(status, 409);
    assert.equal(body.error.code, 'account_unlinked');
    assert.deepEqual(test_.sandbox.journal.entries(), []);
  });

  test(`${on}: the account is linked by three legs, and only Save Changes makes it so`, async () => {
    await linkAccount(traveller, accountId);
    const { body } = await test_.api('GET', `/connected-accounts/${accountId}`);
    assert.equal(body.status, 'linked');
    assert.equal(body.identity.name, 'alice');
    assert.equal(body.identity.id, '9007199254740993');
    assert.match(body.linked_at, /^\d{4}-.*Z$/);
  });

  test(`${on}: a signed request is accepted and answers in Cerb's shape, ids above 2^53 exact`, async () => {
    const { status, body, text } = await request({
      method: 'get',
      url: 'https://api.twitter.com/1.1/account/verify_credentials.json?include_entities=false',
    });
    assert.equal(status, 200);
    assert.equal(body.info.http_code, 200);
    assert.equal(body.error, '');
    assert.equal(body.content_type, 'application/json');
    assert.match(text, /"id":9007199254740993[,}]/);
    assert.equal(body.headers['set-cookie'], undefined);
    assert.match(body.delivery_id, /^[0-9A-Z]{26}$/);
  });

  test(`${on}: query, form and JSON bodies of any text are signed as they are sent`, async () => {
    const status = `Ä+b & c=d %25 100% "quoted" ${'💎'} ~*'()!`;
    const form = await request({
      method: 'POST',
      url: 'https://api.twitter.com/1.1/statuses/update.json',
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
      body: `status=${encodeURIComponent(status).replace(/%20/g, '+')}`,
    });
    assert.equal(form.body.info.http_code, 200, form.text);
    // Version 1.1 of Twitter's interface writes texts with HTML's escapes; the sandbox does as well.
    assert.equal(form.body.body.text.replaceAll('&amp;', '&'), status);
    const query = await request({
      method: 'GET',
      url: 'https://api.twitter.com/1.1/search/tweets.json?q=a+b%20c&q=second&lang=',
    });
    assert.equal(query.body.info.http_code, 200, query.text);
  });

  test(`${on}: a host that is not the service's is refused by name before anything is sent`, async () => {
    test_.sandbox.journal.clear();
    const { status, body } = await request({ method: 'GET', url: 'https://api.x.com/2/users/me' });
    assert.equal(status, 403);
    assert.equal(body.error.code, 'host_not_allowed');
    assert.match(body.error.message, /api\.x\.com/);
    assert.deepEqual(test_.sandbox.journal.entries(), []);
  });

  test(`${on}: our own package alone brings service, account and bot: one import, one link, one run`, async () => {
    const made = await importPackage(traveller, ownPackage, answers);
    const account = made.find(({ context }) => context.endsWith('connected_account'));
    await linkAccount(traveller, account?.id ?? '');
    const behavior = made.find(({ uid }) => uid === 'behavior_post');
    const run = await test_.api('POST', `/behaviors/${behavior?.id}/run`, {
      variables: { var_text: `Hello "${on}" 💎` },
    });
    assert.equal(run.status, 200);
    assert.equal(run.body.status, 'done', run.text);
    assert.match(run.text, /Hello/);
    const simulated = await test_.api('POST', `/behaviors/${behavior?.id}/simulate`, {
      variables: { var_text: `Simulated on ${on}` },
    });
    assert.equal(simulated.body.status, 'done', simulated.text);
    assert.ok(simulated.body.transcript.length > 0);
  });

  test(`${on}: a delivery is kept redacted, with its signature explained`, async () => {
    const list = await test_.api('GET', `/deliveries?account=${accountId}`);
    const [latest] = list.body.items;
    assert.equal(latest.account_id, accountId);
    assert.equal(latest.connected_to, test_.sandbox.origin);
    const { body, text } = await test_.api('GET', `/deliveries/${latest.id}`);
    assert.match(JSON.stringify(body), /Base string/);
    assert.match(text, /\[masked, \d+ characters\]/);
    assert.doesNotMatch(text, /oauth_token=\\?"?\d+-/);
  });

  test(`${on}: the remote side never saw a cookie of the hub`, () => {
    for (const entry of test_.sandbox.journal.entries()) {
      assert.deepEqual(
        entry.cookieNames.filter((name) => name.includes('countersign')),
        [],
      );
    }
  });

  function request(body: object) {
    return test_.api('POST', `/connected-accounts/${accountId}/request`, body);
  }
});
