/** Linking an account of a remote site that shows a PIN, from the pages and from the API's address. */
import assert from 'node:assert/strict';
import { afterEach, before, describe, test } from 'node:test';
import type { Knex } from 'knex';
import type { PageAnswer } from '../../server/http/route.ts';
import { addAccount, bob, openWorld, type World } from '../support/connections.ts';
import { withDatabases } from '../support/databases.ts';
import { accessToken, form } from '../support/fake-remote.ts';
import { cutOff } from '../support/unreachable.ts';

const refused = { status: 401, body: 'oauth_problem=verifier_invalid' };

withDatabases((database) => {
  describe(`PINs on ${database.name}`, () => {
    let db: Knex;
    let world: World;
    before(async () => {
      db = await database.open();
    });
    afterEach(() => world.close());
    const fresh = async (params: Record<string, unknown> = {}) => {
      world = await openWorld(db);
      return addAccount(world, { params: { callback: 'oob', ...params } });
    };
    /** The PIN page that the Link button leads to. */
    const begin = async (accountId: string) => {
      const answer = await world.post(`/connected-accounts/${accountId}/link`);
      const path = redirectOf(answer);
      assert.match(path, /^\/link\/pin\/[0-9A-Z]{26}$/);
      return path;
    };
    const enter = (path: string, pin: string, asking = {}) => world.post(path, { form: { pin }, ...asking });
    const exchanges = () => world.remote.to('/oauth/access_token');

    test('the page leads to consent in a tab of its own and takes the PIN, and Save Changes links', async () => {
      const { accountId } = await fresh();
      const path = await begin(accountId);
      const [start] = world.remote.to('/oauth/request_token');
      assert.match(start?.authorization ?? '', /oauth_callback="oob"/);
      const shown = world.html(await world.get(path));
      assert.match(
        shown,
        /<a [^>]*href="http:[^"]*\/oauth\/authenticate\?oauth_token&#x3D;[^"]+" target="_blank"/,
      );
      assert.doesNotMatch(shown, /canary-request-secret/);
      assert.equal(exchanges().length, 0, 'looking at it exchanges nothing');

      const edit = `/connected-accounts/${accountId}/edit`;
      assert.deepEqual(await enter(path, ' 123456 '), { redirect: edit });
      assert.match(exchanges()[0]?.authorization ?? '', /oauth_verifier="123456"/);
      const model = modelOf(await world.get(edit));
      await world.post(edit, { form: { name: 'Our Twitter', uri: '', flow: flowIdOf(model) } });
      const { body } = await world.call('GET', `/connected-accounts/${accountId}`);
      assert.equal(Object(body).status, 'linked');
    });

    test('a service whose PIN is asked for by silence gets no oauth_callback', async () => {
      const { accountId } = await fresh({ callback_parameter: 'absent' });
      await begin(accountId);
      assert.doesNotMatch(world.remote.to('/oauth/request_token')[0]?.authorization ?? '', /oauth_callback=/);
    });

    test('an address of the API takes the PIN without sign-in and stores at once', async () => {
      const { accountId } = await fresh();
      const { body } = await world.call('POST', `/connected-accounts/${accountId}/link`, {});
      const address = new URL(Object(body).url).pathname;
      const nobody = { worker: undefined };
      const path = redirectOf(await world.post(address, nobody));
      assert.match(redirectOf(await enter(path, '1', nobody)), /^\/link\/done\//);
      const after = await world.call('GET', `/connected-accounts/${accountId}`);
      assert.equal(Object(after.body).status, 'linked');
    });

    test('a closed tab is found again in the same browser while the flow waits, and in no other', async () => {
      const { accountId } = await fresh();
      const edit = `/connected-accounts/${accountId}/edit`;
      assert.doesNotMatch(world.html(await world.get(edit)), /Enter the PIN/);
      const path = await begin(accountId);
      const found = new RegExp(`href="${path}">Enter the PIN</a>`);
      assert.match(world.html(await world.get(edit)), found);
      assert.match(world.html(await world.get(`/connected-accounts/${accountId}`)), found);
      assert.doesNotMatch(world.html(await world.get(edit, { browser: 'two' })), /Enter the PIN/);
      world.clock.now += 10 * 60_000;
      assert.doesNotMatch(world.html(await world.get(edit)), /Enter the PIN/);
    });

    test('the address of the API shows the way back to the PIN in the browser that continued', async () => {
      const { accountId } = await fresh();
      const { body } = await world.call('POST', `/connected-accounts/${accountId}/link`, {});
      const address = new URL(Object(body).url).pathname;
      const nobody = { worker: undefined };
      assert.equal(modelOf(await world.get(address, nobody)).pinPath, null);
      const path = redirectOf(await world.post(address, nobody));
      assert.equal(modelOf(await world.get(address, nobody)).pinPath, path);
      assert.equal(modelOf(await world.get(address, { ...nobody, browser: 'two' })).pinPath, null);
    });

    test('only the browser and the worker that began may see the page or enter a PIN', async () => {
      const { accountId } = await fresh();
      const path = await begin(accountId);
      for (const other of [{ browser: 'two' }, { worker: bob }, { worker: undefined }]) {
        assert.equal(statusOf(await world.get(path, other)), 400);
        assert.equal(statusOf(await enter(path, '1', other)), 400);
      }
      assert.equal(exchanges().length, 0);
      assert.ok('redirect' in (await enter(path, '1')), 'and the flow still waits for its own');
    });

    test('a wrong PIN is told where it was entered, and the right one still links', async () => {
      const { accountId } = await fresh();
      world.remote.script.set('/oauth/access_token', ({ authorization }) =>
        authorization.includes('oauth_verifier="42"') ? form(accessToken(1, 'alice', '1')) : refused,
      );
      const path = await begin(accountId);
      const wrong = await enter(path, '41');
      assert.equal(statusOf(wrong), 422);
      assert.match(world.html(wrong), /aria-invalid="true"[\s\S]*id="e-pin"[\s\S]*4 tries are left/);
      assert.ok('redirect' in (await enter(path, '42')));
    });

    test('five wrong PINs end the flow, and a right one after them is not tried', async () => {
      const { accountId } = await fresh();
      world.remote.script.set('/oauth/access_token', () => refused);
      const path = await begin(accountId);
      const statuses = [];
      for (let tries = 0; tries < 6; tries++) statuses.push(statusOf(await enter(path, `${tries}`)));
      assert.deepEqual(statuses, [422, 422, 422, 422, 502, 409]);
      assert.equal(exchanges().length, 5);
      assert.equal(statusOf(await world.get(path)), 409);
      const rows = await db('link_flows').where({ account_id: accountId }).whereNotNull('sealed_request');
      assert.equal(rows.length, 0, 'the request token is wiped');
    });

    test('wrong PINs at once count each, and one is tried at a time', async () => {
      const { accountId } = await fresh();
      world.remote.script.set('/oauth/access_token', () => refused);
      const path = await begin(accountId);
      await Promise.all(Array.from({ length: 12 }, (_, n) => enter(path, `${n}`)));
      const tried = exchanges().length;
      assert.ok(tried >= 1 && tried <= 5, `${tried} tries`);
      const [row] = await db('link_flows').where({ account_id: accountId });
      assert.equal(row.wrong_pins ?? 0, tried === 5 ? 4 : tried);
    });

    test('a remote side that cannot be reached costs no try, however often', async () => {
      const { accountId } = await fresh();
      const path = await begin(accountId);
      const reach = cutOff(world);
      for (let tries = 0; tries < 7; tries++) assert.equal(statusOf(await enter(path, '1')), 502);
      reach();
      assert.equal(modelOf(await world.get(path)).triesLeft, 5);
      assert.ok('redirect' in (await enter(path, '1')));
    });

    test('an exchange that is not answered ends the flow: nobody knows how it ended', async () => {
      const { accountId } = await fresh();
      world.remote.script.set('/oauth/access_token', () => 'drop');
      const path = await begin(accountId);
      assert.equal(statusOf(await enter(path, '1')), 502);
      assert.equal(statusOf(await enter(path, '1')), 409);
      assert.equal(exchanges().length, 1);
    });

    test('what is no PIN is told without a try, and after 10 minutes none is taken', async () => {
      const { accountId } = await fresh();
      const path = await begin(accountId);
      for (const pin of ['', '   ', 'a\nb', 'ä', 'x'.repeat(513)]) {
        assert.equal(statusOf(await enter(path, pin)), 400, pin.slice(0, 10));
      }
      assert.equal(exchanges().length, 0);
      world.clock.now += 10 * 60_000;
      assert.equal(statusOf(await enter(path, '1')), 410);
      assert.equal(exchanges().length, 0);
    });

    test('a flow of a service that sends the browser back takes no PIN', async () => {
      const { accountId } = await fresh({ callback: 'url' });
      await world.post(`/connected-accounts/${accountId}/link`);
      const [row] = await db('link_flows').where({ account_id: accountId });
      assert.equal(statusOf(await enter(`/link/pin/${row.id}`, '1')), 409);
    });
  });
});

function redirectOf(answer: PageAnswer): string {
  return 'redirect' in answer ? answer.redirect : assert.fail(JSON.stringify(answer));
}

function modelOf(answer: PageAnswer): Record<string, unknown> {
  return 'view' in answer ? answer.model : assert.fail('no page');
}

function flowIdOf({ approval }: Record<string, unknown>): string {
  return String(Object(approval).flowId);
}

function statusOf(answer: PageAnswer): number | undefined {
  return 'view' in answer ? (answer.status ?? 200) : undefined;
}
