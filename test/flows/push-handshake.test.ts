/** A store sends its keys to a one-time address, and the account is linked with them. */
import assert from 'node:assert/strict';
import { afterEach, before, describe, test } from 'node:test';
import type { Knex } from 'knex';
import { pushHooks } from '../../server/connections/hook-push.ts';
import { wipeExpiredFlows } from '../../server/connections/link-save.ts';
import { addAccount, bob, idOf, openWorld, remoteHost, type World } from '../support/connections.ts';
import { withDatabases } from '../support/databases.ts';
import { form } from '../support/fake-remote.ts';
import { cutOff } from '../support/unreachable.ts';

const store = `https://${remoteHost}/`;
const keys = {
  oauth_consumer_key: 'pushed-key',
  oauth_consumer_secret: 'canary-pushed-secret',
  store_base_url: store,
  oauth_verifier: 'canary-verifier',
};
const params = {
  signature_method: 'HMAC-SHA256',
  handshake: 'push',
  request_token_url: `${store}oauth/token/request`,
  access_token_url: `${store}oauth/token/access`,
};

withDatabases((database) => {
  describe(`push handshakes on ${database.name}`, () => {
    let db: Knex;
    let world: World;
    before(async () => {
      db = await database.open();
    });
    afterEach(() => world.close());
    const fresh = async () => {
      world = await openWorld(db);
      const service = await world.call('POST', '/connected-services', {
        name: 'Shop',
        extension_id: 'cerb.service.provider.oauth1',
        params,
      });
      const serviceId = idOf(service);
      const account = await world.call('POST', '/connected-accounts', {
        name: 'Shop',
        service_id: serviceId,
      });
      world.remote.script.set('/oauth/token/request', () =>
        form({ oauth_token: 'canary-rt', oauth_token_secret: 'canary-rs' }),
      );
      world.remote.script.set('/oauth/token/access', () =>
        form({ oauth_token: 'canary-at', oauth_token_secret: 'canary-as' }),
      );
      return { serviceId, accountId: idOf(account) };
    };
    const address = async (accountId: string) => {
      const { status, body } = await world.call('POST', `/connected-accounts/${accountId}/push-address`);
      assert.equal(status, 201);
      const { callback_url, identity_url, expires_at } = Object(body);
      const code = /^https:\/\/hub\.test\/hooks\/push\/([\w-]{43})$/.exec(callback_url)?.[1];
      assert.equal(identity_url, `https://hub.test/link/push/${code}`);
      return { code: code ?? '', page: `/link/push/${code}`, expiresAt: expires_at };
    };
    /** What the store is answered. */
    const push = async (code: string, fields: Record<string, string> | string = keys, type?: string) => {
      const [route] = pushHooks(world.deps);
      return route?.handle({
        method: 'POST',
        params: { code },
        path: `/link/push/${code}`,
        rawQuery: '',
        headers: { 'content-type': type ?? 'application/x-www-form-urlencoded' },
        body: Buffer.from(typeof fields === 'string' ? fields : new URLSearchParams(fields).toString()),
        ip: '192.0.2.1',
      });
    };
    const statusOf = async (accountId: string) =>
      Object((await world.call('GET', `/connected-accounts/${accountId}`)).body).status;
    const titleOf = async (page: string, query = '') => {
      const answer = await world.get(page, { worker: undefined, query });
      return 'view' in answer ? answer.model : assert.fail('no page');
    };

    test('the keys go into the service, the tokens onto the account, and requests are signed with them', async () => {
      const { serviceId, accountId } = await fresh();
      const { code, page } = await address(accountId);
      assert.equal((await titleOf(page)).title, 'Waiting for the store');
      assert.deepEqual(await push(code), { status: 200, body: 'linked' });
      const [request] = world.remote.to('/oauth/token/request');
      assert.match(request?.authorization ?? '', /oauth_consumer_key="pushed-key"/);
      assert.match(request?.authorization ?? '', /oauth_signature_method="HMAC-SHA256"/);
      assert.doesNotMatch(request?.authorization ?? '', /oauth_callback=/);
      const [access] = world.remote.to('/oauth/token/access');
      assert.match(access?.authorization ?? '', /oauth_token="canary-rt"/);
      assert.match(access?.authorization ?? '', /oauth_verifier="canary-verifier"/);

      assert.equal(await statusOf(accountId), 'linked');
      const service = Object((await world.call('GET', `/connected-services/${serviceId}`)).body);
      assert.equal(service.params.client_id, 'pushed-key');
      assert.deepEqual(service.params.client_secret, { set: true });
      await world.call('POST', `/connected-accounts/${accountId}/request`, {
        method: 'GET',
        url: `${store}me`,
      });
      assert.match(world.remote.to('/me')[0]?.authorization ?? '', /oauth_token="canary-at"/);
      assert.equal((await titleOf(page)).title, 'Linked');
      for (const table of ['connected_services', 'connected_accounts', 'push_handshakes']) {
        assert.doesNotMatch(JSON.stringify(await db(table)), /canary/, table);
      }
    });

    test('an address is good once: the second use is 409, and of many at once one is taken', async () => {
      const { accountId } = await fresh();
      const { code } = await address(accountId);
      const answers = await Promise.all(Array.from({ length: 8 }, () => push(code)));
      assert.deepEqual(answers.map((answer) => answer?.status).sort(), [200, ...Array(7).fill(409)]);
      assert.equal(world.remote.to('/oauth/token/request').length, 1);
      assert.equal((await push(code))?.status, 409);
    });

    test('an expired address is 410, an unknown one 404, and one that was replaced 409', async () => {
      const { accountId } = await fresh();
      const old = await address(accountId);
      const { code, page } = await address(accountId);
      assert.equal((await push(old.code))?.status, 409);
      world.clock.now += 60 * 60_000;
      assert.equal((await push(code))?.status, 410);
      assert.match(String((await titleOf(page)).text), /expired/);
      assert.equal((await push('nonsense'))?.status, 404);
      assert.equal(world.remote.seen.length, 0);
      world.clock.now += 24 * 60 * 60_000 + 1;
      await wipeExpiredFlows(world.deps);
      assert.equal((await push(code))?.status, 404);
    });

    test('what is not a store of the service is refused before anything is asked, and costs nothing', async () => {
      const { accountId } = await fresh();
      const { code } = await address(accountId);
      const { oauth_verifier: _verifier, ...lacking } = keys;
      const cases: [Record<string, string> | string, number, string?][] = [
        [{ ...keys, store_base_url: 'https://evil.example/' }, 403],
        [{ ...keys, store_base_url: `http://${remoteHost}/` }, 403],
        [{ ...keys, store_base_url: `https://${remoteHost}.evil.example/` }, 403],
        [{ ...keys, store_base_url: `https://${remoteHost}@evil.example/` }, 403],
        [{ ...keys, store_base_url: 'shop' }, 403],
        [lacking, 400],
        [{ ...keys, oauth_consumer_key: '' }, 400],
        [{ ...keys, oauth_consumer_secret: 'a\nb' }, 400],
        [`${new URLSearchParams(keys)}&oauth_verifier=two`, 400],
        [JSON.stringify(keys), 400, 'application/json'],
      ];
      for (const [fields, status, type] of cases) {
        const answer = await push(code, fields, type);
        assert.equal(answer?.status, status, JSON.stringify(fields));
        assert.doesNotMatch(answer?.body ?? '', /canary/);
      }
      assert.equal(world.remote.seen.length, 0);
      assert.equal((await push(code))?.status, 200);
    });

    test('refused keys end the address and say why; nothing of the old service or account changes', async () => {
      const { serviceId, accountId } = await fresh();
      const before = await world.call('GET', `/connected-services/${serviceId}`);
      world.remote.script.set('/oauth/token/access', () => ({
        status: 401,
        body: 'oauth_problem=signature_invalid',
      }));
      const { code, page } = await address(accountId);
      const answer = await push(code);
      assert.equal(answer?.status, 502);
      assert.match(answer?.body ?? '', /signature was not accepted/);
      assert.match(String((await titleOf(page)).text), /signature was not accepted/);
      assert.equal((await push(code))?.status, 409);
      assert.deepEqual(await world.call('GET', `/connected-services/${serviceId}`), before);
      assert.equal(await statusOf(accountId), 'unlinked');
    });

    test('where nothing reached the store it may send its keys again; an unanswered exchange ends the address', async () => {
      const { accountId } = await fresh();
      const { code } = await address(accountId);
      const reach = cutOff(world);
      assert.equal((await push(code))?.status, 502);
      reach();
      world.remote.script.set('/oauth/token/access', () => 'drop');
      assert.equal((await push(code))?.status, 502);
      assert.equal((await push(code))?.status, 409);
      assert.equal(await statusOf(accountId), 'unlinked');
    });

    test('a service that changed meanwhile keeps its change, and the account stays as it was', async () => {
      const { serviceId, accountId } = await fresh();
      const { code } = await address(accountId);
      const reached = world.deps.deliver;
      let isFirst = true;
      const renaming = async (...given: Parameters<typeof reached>) => {
        if (isFirst) await world.call('PATCH', `/connected-services/${serviceId}`, { name: 'Renamed' });
        isFirst = false;
        return reached(...given);
      };
      world.deps.deliver = Object.assign(renaming, { flush: () => reached.flush() });
      assert.equal((await push(code))?.status, 409);
      const { name, params: kept } = Object(
        (await world.call('GET', `/connected-services/${serviceId}`)).body,
      );
      assert.deepEqual([name, kept.client_id], ['Renamed', undefined]);
      assert.equal(await statusOf(accountId), 'unlinked');
    });

    test("the store's way back is shown only where it leads to the store", async () => {
      const { accountId } = await fresh();
      const { page } = await address(accountId);
      const back = async (url: string) =>
        (await titleOf(page, `success_call_back=${encodeURIComponent(url)}`)).href;
      assert.equal(await back(`${store}admin/done?x=1`), `${store}admin/done?x=1`);
      for (const url of ['https://evil.example/', 'javascript:alert(1)', '//evil.example', 'nonsense']) {
        assert.equal(await back(url), null, url);
      }
    });

    test('only admins make an address, on the page too, and only for a service that pushes', async () => {
      const { accountId } = await fresh();
      const path = `/connected-accounts/${accountId}`;
      assert.match(world.html(await world.get(`${path}/edit`)), /Make a one-time address/);
      assert.doesNotMatch(world.html(await world.get(`${path}/edit`)), /Link to Shop/);
      assert.match(
        world.html(await world.post(`${path}/push-address`)),
        /https:\/\/hub\.test\/hooks\/push\//,
      );
      await assert.rejects(world.post(`${path}/push-address`, { worker: bob }), { code: 'forbidden' });
      assert.equal(Object(await world.post(`${path}/link`)).status, 409);
      const other = await addAccount(world);
      const refused = world.call('POST', `/connected-accounts/${other.accountId}/push-address`);
      await assert.rejects(refused, { code: 'conflict' });
    });
  });
});
