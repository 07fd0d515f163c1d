/** Keeping services and accounts, and using accounts, through pages and API on both databases. */
import assert from 'node:assert/strict';
import { afterEach, before, beforeEach, describe, test } from 'node:test';
import type { Knex } from 'knex';
import { requestWithAccount } from '../../server/connections/accounts.ts';
import { connectedAccountType, connectedServiceType } from '../../server/connections/records.ts';
import type { ApiAnswer, PageAnswer } from '../../server/http/route.ts';
import type { Actor } from '../../server/people/actor.ts';
import {
  addAccount,
  admin,
  adminKey,
  bob,
  idOf,
  openWorld,
  remoteHost,
  twitterParams,
  type World,
} from '../support/connections.ts';
import { withDatabases } from '../support/databases.ts';
import { json } from '../support/fake-remote.ts';

const identity = { url: `https://${remoteHost}/me`, id: 'id', name: 'screen_name' };
const tokens = { oauth_token: 'canary-token', oauth_token_secret: 'canary-token-secret' };
const oauth1 = 'cerb.service.provider.oauth1';

withDatabases((database) => {
  describe(`connections on ${database.name}`, () => {
    let db: Knex;
    let world: World;
    before(async () => {
      db = await database.open();
    });
    beforeEach(async () => {
      world = await openWorld(db);
    });
    afterEach(() => world.close());

    const linked = async (params: Record<string, unknown> = {}) => {
      const ids = await addAccount(world, { params });
      await world.call('PUT', `/connected-accounts/${ids.accountId}/credentials`, tokens);
      return ids;
    };

    test("a service's secret goes in and never comes out", async () => {
      const { serviceId } = await addAccount(world);
      const service = bodyOf(await world.call('GET', `/connected-services/${serviceId}`));
      assert.deepEqual(paramsOf(service).client_secret, { set: true });
      assert.equal(paramsOf(service).client_id, 'consumer-key');
      assert.deepEqual(service.allowed_hosts, [remoteHost]);
      for (const page of ['', '/edit']) {
        const answer = await world.get(`/connected-services/${serviceId}${page}`);
        assert.doesNotMatch(world.html(answer), /canary/);
      }
      assert.doesNotMatch(JSON.stringify(await db('connected_services')), /canary/);
    });

    test('a refused nonce leads to one more request, signed afresh, and a second refusal is the answer', async () => {
      const { accountId } = await linked();
      const refusal = {
        status: 401,
        headers: { 'WWW-Authenticate': 'OAuth oauth_problem="nonce_used"' },
        body: '',
      };
      const post = (path: string) => {
        const body = { method: 'POST', url: `https://${remoteHost}${path}`, body: 'a=b' };
        return world.call('POST', `/connected-accounts/${accountId}/request`, body);
      };
      world.remote.script.set('/once', (_request, times) => (times === 1 ? refusal : json('{"ok":true}')));
      assert.match(JSON.stringify(bodyOf(await post('/once'))), /"http_code":200/);
      const nonces = world.remote
        .to('/once')
        .map(({ authorization }) => /oauth_nonce="(\w+)"/.exec(authorization)?.[1]);
      assert.equal(new Set(nonces).size, 2);
      world.remote.script.set('/always', () => refusal);
      assert.match(JSON.stringify(bodyOf(await post('/always'))), /"http_code":401/);
      assert.equal(world.remote.to('/always').length, 2);
    });

    test('saving the form keeps parameters it does not show, and a blank secret keeps the old one', async () => {
      const { serviceId, accountId } = await linked({ realm: 'our realm' });
      const form = { name: 'X', uri: 'X-Service', param_client_id: 'consumer-key', param_client_secret: '' };
      const saved = await world.post(`/connected-services/${serviceId}/edit`, { form });
      assert.ok('redirect' in saved);
      const service = bodyOf(await world.call('GET', '/connected-services/x-service'));
      assert.equal(service.name, 'X');
      const params = paramsOf(service);
      assert.equal(params.realm, 'our realm');
      assert.equal(params.grant_type, 'authorization_code');
      assert.equal(params.signature_method_, 'HMAC-SHA1');
      await send(world, accountId);
      assert.match(world.remote.to('/thing')[0]?.authorization ?? '', /oauth_signature=/);
      await world.call('DELETE', `/connected-services/${serviceId}?with=dependents`);
    });

    test('a fault is told at its field, and nothing is stored', async () => {
      const before = bodyOf(await world.call('GET', '/connected-services?limit=200'));
      const form = {
        name: '',
        extension_id: oauth1,
        param_client_id: 'key',
        param_request_token_url: 'nonsense',
      };
      const answer = await world.post('/connected-services/new', { form });
      assert.equal(statusOf(answer), 400);
      const { errors, fields, failure } = modelOf(answer);
      assert.match(String(failure), /^Nothing was saved: .*required/);
      assert.doesNotMatch(String(failure), /\/params/);
      assert.match(JSON.stringify(errors), /required/);
      assert.match(JSON.stringify(fields), /"value":"nonsense"/);
      assert.deepEqual(bodyOf(await world.call('GET', '/connected-services?limit=200')), before);
    });

    test('unknown providers and parameters are refused by name', async () => {
      const base = { name: 'S', extension_id: oauth1, params: twitterParams };
      for (const [fields, path] of [
        [{ ...base, extension_id: 'made.up' }, '/extension_id'],
        [{ ...base, params: { ...twitterParams, surprise: 'x' } }, '/params/surprise'],
        [{ ...base, uri: 'no spaces' }, '/uri'],
        [{ ...base, allowed_hosts: ['https://api.example/'] }, '/allowed_hosts/0'],
      ] as const) {
        await assert.rejects(world.call('POST', '/connected-services', fields), (error: Error) =>
          error.message.includes(path),
        );
      }
    });

    test('a uri is lowered, unique, and serves in place of the id', async () => {
      const service = { name: 'S', extension_id: oauth1, params: twitterParams, uri: 'My-Service' };
      const id = idOf(await world.call('POST', '/connected-services', service));
      assert.equal(bodyOf(await world.call('GET', '/connected-services/my-service')).id, id);
      await assert.rejects(world.call('POST', '/connected-services', service), {
        code: 'conflict',
        message: /'my-service' is taken/,
      });
    });

    test('lists come in pages, by name then id', async () => {
      for (const name of ['b', 'a', 'c', 'b']) {
        await world.call('POST', '/connected-services', {
          name,
          extension_id: oauth1,
          params: twitterParams,
        });
      }
      const names: unknown[] = [];
      const seen = new Set<unknown>();
      let next: unknown = '';
      while (next !== null) {
        const after = next === '' ? '' : `&after=${String(next)}`;
        const page = bodyOf(await world.call('GET', `/connected-services?limit=3${after}`));
        for (const item of itemsOf(page)) {
          names.push(item.name);
          seen.add(item.id);
        }
        next = page.next;
      }
      assert.deepEqual(names, [...names].sort());
      assert.equal(seen.size, names.length);
      await assert.rejects(world.call('GET', '/connected-services?limit=201'), { code: 'bad_request' });
    });

    test('a pasted token is tried first, and a refused one leaves the old one in place', async () => {
      const { accountId } = await addAccount(world, { params: { identity } });
      const path = `/connected-accounts/${accountId}`;
      const stored = bodyOf(await world.call('PUT', `${path}/credentials`, tokens));
      assert.deepEqual(stored, {
        status: 'linked',
        test: {
          ok: true,
          http_code: 200,
          identity: { id: '9007199254740993', name: 'alice' },
          message: 'Twitter accepted the account as @alice.',
        },
      });
      world.remote.script.set('/me', () => ({ status: 401, body: '{"errors":[{"code":32}]}' }));
      const others = { oauth_token: 'other', oauth_token_secret: 'other-secret' };
      await assert.rejects(world.call('PUT', `${path}/credentials`, others), { code: 'credentials_refused' });
      await send(world, accountId);
      assert.match(world.remote.to('/thing')[0]?.authorization ?? '', /oauth_token="canary-token"/);
      const forced = bodyOf(await world.call('PUT', `${path}/credentials?force=1`, others));
      assert.equal(forced.status, 'linked');
      await assert.rejects(world.call('PUT', `${path}/credentials`, { oauth_token: 'half' }), {
        code: 'bad_request',
      });
    });

    test('a test says who the account is, what is wrong, or that it cannot be tried', async () => {
      const { accountId } = await linked({ identity });
      const path = `/connected-accounts/${accountId}`;
      assert.equal(bodyOf(await world.call('POST', `${path}/test`)).ok, true);
      world.remote.script.set('/me', () => ({ status: 401, body: '' }));
      const refused = bodyOf(await world.call('POST', `${path}/test`));
      assert.deepEqual([refused.ok, refused.http_code], [false, 401]);
      const status = bodyOf(await world.call('GET', path));
      assert.equal(status.status, 'error');
      assert.match(String(status.last_error), /did not accept/);
      const untried = await linked();
      const message = bodyOf(
        await world.call('POST', `/connected-accounts/${untried.accountId}/test`),
      ).message;
      assert.match(String(message), /has no identity address/);
    });

    test('unlinking forgets tokens and identity', async () => {
      const { accountId } = await linked({ identity });
      await world.call('POST', `/connected-accounts/${accountId}/unlink`);
      const account = bodyOf(await world.call('GET', `/connected-accounts/${accountId}`));
      assert.deepEqual([account.status, account.identity, account.linked_at], ['unlinked', null, null]);
      await assert.rejects(send(world, accountId), { code: 'account_unlinked', message: /Link to Twitter/ });
      assert.equal(world.remote.to('/thing').length, 0, 'nothing goes out unsigned');
    });

    test('any verb and body is signed and answered in the shape of a bot action', async () => {
      const { accountId } = await linked();
      world.remote.script.set('/thing', ({ method }) => json(`{"id":9007199254740993,"method":"${method}"}`));
      for (const request of [
        { method: 'get' },
        { method: 'POST', body: 'status=a+b', headers: { 'X-Trace': 'one' } },
        { method: 'PUT', body: { text: 'ä' } },
        { method: 'PATCH', body_base64: 'AAEC', headers: { 'Content-Type': 'application/octet-stream' } },
        { method: 'DELETE', raw: true },
      ]) {
        const answer = bodyOf(await send(world, accountId, request));
        assert.deepEqual(answer.info, { url: `https://${remoteHost}/thing`, http_code: 200 });
        assert.equal(answer.error, '');
        assert.equal(answer.content_type, 'application/json');
        if (request.raw) assert.match(String(answer.body), /9007199254740993/);
      }
      const [, form, sent, bytes] = world.remote.to('/thing');
      assert.equal(form?.body, 'status=a+b');
      assert.equal(sent?.body, '{"text":"ä"}');
      assert.equal(bytes?.body, '\u0000\u0001\u0002');
      const headers = world.remote.to('/thing').map(({ authorization }) => authorization);
      assert.equal(new Set(headers).size, 5, 'each has a nonce of its own');
      await assert.rejects(send(world, accountId, { method: 'POST', body: 'a', body_base64: 'AA==' }), {
        code: 'bad_request',
      });
    });

    test('a refused host is named with the service, and an admin allows it with one press', async () => {
      const { serviceId, accountId } = await linked();
      const url = 'https://other.remote.test/thing';
      const refused = send(world, accountId, { method: 'GET', url });
      await assert.rejects(refused, {
        code: 'host_not_allowed',
        message: /'Twitter' does not allow the host other/,
      });
      const card = await world.get(`/connected-services/${serviceId}`, { query: 'allow=other.remote.test' });
      assert.equal(modelOf(card).allow, 'other.remote.test');
      const host = 'other.remote.test';
      await world.post(`/connected-services/${serviceId}/hosts`, { form: { host } });
      const service = bodyOf(await world.call('GET', `/connected-services/${serviceId}`));
      assert.deepEqual(service.allowed_hosts, [remoteHost, host]);
    });

    test('a bot reaches accounts of its own owner only, and is told both owners and the remedy', async () => {
      const bot = (owner: Extract<Actor, { kind: 'bot' }>['owner']): Actor => ({
        kind: 'bot',
        id: 'bot',
        name: 'Echo',
        owner,
      });
      const { accountId } = await linked();
      const request = { account: accountId, method: 'GET', url: `https://${remoteHost}/thing`, headers: [] };
      const answer = await requestWithAccount(world.deps, {
        ...request,
        actor: bot({ context: 'app', id: '0' }),
      });
      assert.equal(answer.info.http_code, 404);
      const theirs = requestWithAccount(world.deps, {
        ...request,
        actor: bot({ context: 'worker', id: bob.id }),
      });
      await assert.rejects(theirs, {
        code: 'forbidden',
        message: /'Echo' belongs to the worker Bob .*'Our Twitter', which belongs to the application/,
      });
    });

    test('a key without admin rights sees and uses the accounts given to it, and nothing else', async () => {
      const given = await linked();
      const other = await linked();
      const accountIds = [given.accountId];
      const key: Actor = { kind: 'api_key', id: 'small', name: 'small', isAdmin: false, accountIds };
      const list = bodyOf(await world.call('GET', '/connected-accounts', undefined, key));
      assert.deepEqual(
        itemsOf(list).map(({ id }) => id),
        [given.accountId],
      );
      assert.equal(bodyOf(await send(world, given.accountId, { method: 'GET' }, key)).error, '');
      await assert.rejects(send(world, other.accountId, { method: 'GET' }, key), { code: 'not_found' });
      await assert.rejects(world.call('GET', `/connected-accounts/${other.accountId}`, undefined, key), {
        code: 'not_found',
      });
      for (const call of [
        world.call('GET', '/connected-services', undefined, key),
        world.call('POST', `/connected-accounts/${given.accountId}/test`, undefined, key),
      ]) {
        await assert.rejects(call, { code: 'forbidden' });
      }
    });

    test("another worker's account is not there; a worker gives accounts to nobody but itself", async () => {
      const { accountId, serviceId } = await addAccount(world, {
        owner: { context: 'worker', id: admin.id },
      });
      await assert.rejects(world.get(`/connected-accounts/${accountId}`, { worker: bob }), {
        code: 'not_found',
      });
      const form = { name: 'Mine', uri: '', service_id: serviceId, owner: `worker:${bob.id}` };
      const made = await world.post('/connected-accounts/new', { worker: bob, form });
      assert.ok('redirect' in made && made.redirect.endsWith('/edit'));
      const forApp = world.post('/connected-accounts/new', {
        worker: bob,
        form: { ...form, owner: 'app:0' },
      });
      await assert.rejects(forApp, { code: 'forbidden' });
    });

    test('what is in use is deleted only together with what uses it', async () => {
      const { accountId, serviceId } = await linked();
      const behavior = { context: 'cerberusweb.contexts.behavior', id: `b-${accountId}`, label: 'Find' };
      world.users.set(accountId, [behavior]);
      await assert.rejects(world.call('DELETE', `/connected-accounts/${accountId}`), {
        code: 'in_use',
        extra: { by: [behavior] },
      });
      await assert.rejects(world.call('DELETE', `/connected-services/${serviceId}`), (error: Error) =>
        /'Our Twitter', 'Find'/.test(error.message),
      );
      const gone = await world.call('DELETE', `/connected-services/${serviceId}?with=dependents`);
      assert.equal(gone.status, 204);
      assert.deepEqual(world.users.get(accountId), []);
      assert.deepEqual(world.erased, [accountId], 'its deliveries lose their bodies');
      await assert.rejects(world.call('GET', `/connected-accounts/${accountId}`), { code: 'not_found' });
    });

    test('a linked account goes only when its name is typed', async () => {
      const { accountId } = await linked();
      const path = `/connected-accounts/${accountId}`;
      assert.equal(statusOf(await world.post(`${path}/delete`, { form: { confirm: 'our twitter' } })), 409);
      assert.ok('redirect' in (await world.post(`${path}/delete`, { form: { confirm: 'Our Twitter' } })));
    });

    test('records of a package become service and account, secrets sealed', async () => {
      const [service, account] = [connectedServiceType(world.deps), connectedAccountType(world.deps)];
      const read = service.read(
        { name: 'Twitter', extension_id: oauth1, params: twitterParams },
        '/records/0',
      );
      assert.deepEqual([read.faults, read.unsupported], [[], []]);
      assert.deepEqual(
        read.hosts.map(({ host }) => host),
        [remoteHost],
      );
      const [serviceId, accountId] = [world.deps.newId(), world.deps.newId()];
      const fields = {
        name: 'Twitter',
        service_id: serviceId,
        owner__context: 'app',
        owner_id: '0',
        params: tokens,
      };
      const readAccount = account.read(fields, '/records/1');
      assert.deepEqual([readAccount.faults, readAccount.unsupported], [[], []]);
      assert.deepEqual(
        readAccount.references.map(({ id }) => id),
        [serviceId],
      );
      await db.transaction(async (trx) => {
        await service.insert(trx, serviceId, read.value, admin);
        await account.insert(trx, accountId, readAccount.value, admin);
      });
      assert.equal((await account.find(db, accountId))?.label, 'Twitter');
      assert.ok((await account.list(db, 'name:twit')).some(({ id }) => id === accountId));
      assert.equal(bodyOf(await world.call('GET', `/connected-accounts/${accountId}`)).status, 'linked');
      assert.doesNotMatch(JSON.stringify(await db('connected_accounts')), /canary/);
    });
  });
});

function send(
  world: World,
  accountId: string,
  request: Record<string, unknown> = { method: 'GET' },
  actor: Actor = adminKey,
): Promise<ApiAnswer> {
  const body = { url: `https://${remoteHost}/thing`, ...request };
  return world.call('POST', `/connected-accounts/${accountId}/request`, body, actor);
}

function bodyOf({ body }: ApiAnswer): Record<string, unknown> {
  if (typeof body !== 'object' || body === null) assert.fail('no body');
  return { ...body };
}

function paramsOf({ params }: Record<string, unknown>): Record<string, unknown> {
  if (typeof params !== 'object' || params === null) assert.fail('no params');
  return { ...params };
}

function itemsOf({ items }: Record<string, unknown>): Record<string, unknown>[] {
  return Array.isArray(items) ? items : assert.fail('no items');
}

function statusOf(answer: PageAnswer): number | undefined {
  return 'view' in answer ? answer.status : undefined;
}

function modelOf(answer: PageAnswer): Record<string, unknown> {
  return 'view' in answer ? answer.model : assert.fail('no page');
}
