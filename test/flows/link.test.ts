/** Linking an account by consent, from the pages and from the API's address, on both databases. */
import assert from 'node:assert/strict';
import { afterEach, before, describe, test } from 'node:test';
import type { Knex } from 'knex';
import { wipeExpiredFlows } from '../../server/connections/link-save.ts';
import type { ApiAnswer, PageAnswer } from '../../server/http/route.ts';
import { addAccount, admin, bob, openWorld, remoteHost, type World } from '../support/connections.ts';
import { withDatabases } from '../support/databases.ts';
import { accessToken, form, requestToken } from '../support/fake-remote.ts';
import { cutOff } from '../support/unreachable.ts';

const identity = { url: `https://${remoteHost}/me`, id: 'id', name: 'screen_name' };

withDatabases((database) => {
  describe(`linking on ${database.name}`, () => {
    let db: Knex;
    let world: World;
    before(async () => {
      db = await database.open();
    });
    const fresh = async () => {
      world = await openWorld(db);
      return addAccount(world);
    };
    afterEach(() => world.close());

    test('consent is kept aside until Save Changes, then the account is linked', async () => {
      const { accountId } = await fresh();
      const path = `/connected-accounts/${accountId}`;
      assert.match(world.html(await world.get(`${path}/edit`)), />Link to Twitter<\/button>/);
      const consent = await begin(world, accountId);
      assert.equal(consent.origin, world.remote.origin, 'connect-to replaces the origin');
      assert.equal(consent.pathname, '/oauth/authenticate');
      const back = await callback(world, approved(consent));
      assert.deepEqual(back, { redirect: `${path}/edit` });
      assert.equal((await account(world, accountId)).status, 'unlinked');

      const edit = modelOf(await world.get(`${path}/edit`));
      assertHolds(edit, { approval: { as: '@alice' } });
      const shown = world.html(await world.get(`${path}/edit`));
      assert.match(shown, /Approved as @alice, not saved yet/);
      assert.match(shown, />Save Changes<\/button>/);
      const flow = flowIdOf(edit);
      await world.post(`${path}/edit`, { form: { name: 'Our Twitter', uri: '', flow } });
      const linked = await account(world, accountId);
      assert.equal(linked.status, 'linked');
      assert.equal(linked.access_level, 'read-write');
      assert.deepEqual(linked.identity, { id: '9007199254740993', name: 'alice' });
      const after = world.html(await world.get(`${path}/edit`));
      assert.match(after, /Linked as @alice/);
      assert.match(after, />Link again to Twitter<\/button>/);
      assert.match(after, /may read and write/);
    });

    test('the exchange is signed with the request token and carries the verifier once', async () => {
      const { accountId } = await fresh();
      const consent = await begin(world, accountId);
      await callback(world, { oauth_token: tokenOf(consent), oauth_verifier: 'a+b/c=%d' });
      const [start] = world.remote.to('/oauth/request_token');
      assert.match(start?.authorization ?? '', /oauth_callback="https%3A%2F%2Fhub\.test%2Foauth%2Fcallback"/);
      const [exchange] = world.remote.to('/oauth/access_token');
      assert.ok(exchange?.authorization.includes(`oauth_token="${tokenOf(consent)}"`));
      assert.match(exchange?.authorization ?? '', /oauth_verifier="a%2Bb%2Fc%3D%25d"/);
    });

    test('of twenty callbacks at once one exchanges, and the others are told that the link was used', async () => {
      const { accountId } = await fresh();
      const consent = await begin(world, accountId);
      const answers = await Promise.all(Array.from({ length: 20 }, () => callback(world, approved(consent))));
      assert.equal(world.remote.to('/oauth/access_token').length, 1);
      assert.equal(answers.filter((answer) => 'redirect' in answer).length, 1);
      assert.equal(answers.filter((answer) => statusOf(answer) === 409).length, 19);
    });

    test('a consent that comes back in another browser is refused and worth nothing any more', async () => {
      const { accountId } = await fresh();
      const consent = await begin(world, accountId);
      assert.equal(statusOf(await callback(world, approved(consent), { browser: 'two' })), 400);
      assert.equal(statusOf(await callback(world, approved(consent))), 409);
      assert.equal(world.remote.to('/oauth/access_token').length, 0);
    });

    test('a flow begun in a session needs the same worker, signed in', async () => {
      for (const worker of [bob, undefined]) {
        const { accountId } = await fresh();
        const consent = await begin(world, accountId);
        assert.equal(statusOf(await callback(world, approved(consent), { worker })), 400);
        assert.equal(world.remote.to('/oauth/access_token').length, 0);
        await world.close();
      }
    });

    test('the suffix of another provider is refused, the own one is not', async () => {
      const { accountId } = await fresh();
      const consent = await begin(world, accountId);
      const own = await world.get('/oauth/callback/cerb.service.provider.oauth1', {
        query: query(approved(consent)),
      });
      assert.ok('redirect' in own);
      const second = await begin(world, accountId);
      const other = await world.get('/oauth/callback/cerb.service.provider.oauth2', {
        query: query(approved(second)),
      });
      assert.equal(statusOf(other), 400);
    });

    test('unknown, missing, doubled and unprintable parameters are refused without an exchange', async () => {
      const { accountId } = await fresh();
      const token = tokenOf(await begin(world, accountId));
      for (const text of [
        '',
        'oauth_verifier=v',
        'oauth_token=unknown&oauth_verifier=v',
        `oauth_token=${token}&oauth_token=${token}&oauth_verifier=v`,
        `oauth_token=${token}&oauth_verifier=v&oauth_verifier=w`,
        `oauth_token=${token}&oauth_verifier=`,
        `oauth_token=${token}&oauth_verifier=a%0d%0ab`,
        `oauth_token=${token}&oauth_verifier=${'v'.repeat(10_000)}`,
        `oauth_token=${token}`,
      ]) {
        assert.equal(statusOf(await world.get('/oauth/callback', { query: text })), 400, text.slice(0, 60));
      }
      assert.equal(world.remote.to('/oauth/access_token').length, 0);
    });

    test('refused consent ends the flow, says so with 200, and wins over a verifier', async () => {
      for (const refusal of [
        (token: string) => ({ denied: token }),
        (token: string) => ({ denied: token, oauth_token: token, oauth_verifier: 'v' }),
        (token: string) => ({ oauth_token: token, oauth_problem: 'user_refused' }),
        (token: string) => ({ oauth_token: token, oauth_problem: 'permission_denied' }),
      ]) {
        const { accountId } = await fresh();
        const consent = await begin(world, accountId);
        const denied = await callback(world, refusal(tokenOf(consent)));
        assert.equal('view' in denied && (denied.status ?? 200), 200);
        assert.equal(statusOf(await callback(world, approved(consent))), 409);
        assert.equal(world.remote.to('/oauth/access_token').length, 0);
        await world.close();
      }
    });

    test("a refusal with somebody else's token does not end the flow", async () => {
      const { accountId } = await fresh();
      const consent = await begin(world, accountId);
      const foreign = await callback(world, { denied: tokenOf(consent) }, { browser: 'two', worker: bob });
      assert.equal(statusOf(foreign), 400);
      assert.ok('redirect' in (await callback(world, approved(consent))));
    });

    test('two tabs that link two accounts do not mix', async () => {
      const first = await fresh();
      const second = await addAccount(world);
      const one = await begin(world, first.accountId);
      const two = await begin(world, second.accountId);
      world.remote.script.set('/oauth/access_token', ({ authorization }) => {
        const isFirst = authorization.includes(`"${tokenOf(one)}"`);
        return form(isFirst ? accessToken(1, 'alice', '1') : accessToken(2, 'bob', '2'));
      });
      await callback(world, approved(two));
      await callback(world, approved(one));
      for (const [accountId, as] of [
        [first.accountId, '@alice'],
        [second.accountId, '@bob'],
      ]) {
        const edit = modelOf(await world.get(`/connected-accounts/${accountId}/edit`));
        assertHolds(edit, { approval: { as } });
      }
    });

    test('two services that give out one request token cannot be told apart, so neither is exchanged', async () => {
      const first = await fresh();
      const second = await addAccount(world);
      world.remote.script.set('/oauth/request_token', () => form(requestToken('same')));
      const consent = await begin(world, first.accountId);
      await begin(world, second.accountId);
      assert.equal(statusOf(await callback(world, approved(consent))), 400);
      assert.equal(world.remote.to('/oauth/access_token').length, 0);
    });

    test('a second link of one account takes the place of the first', async () => {
      const { accountId } = await fresh();
      const one = await begin(world, accountId);
      const two = await begin(world, accountId);
      assert.equal(statusOf(await callback(world, approved(one))), 409);
      assert.ok('redirect' in (await callback(world, approved(two))));
      const third = await begin(world, accountId);
      const edit = modelOf(await world.get(`/connected-accounts/${accountId}/edit`));
      assert.equal(edit.approval, undefined, 'the approval that waited is gone too');
      assert.ok('redirect' in (await callback(world, approved(third))));
    });

    test('consent after 10 minutes is too late', async () => {
      const { accountId } = await fresh();
      const consent = await begin(world, accountId);
      world.clock.now += 10 * 60_000;
      assert.equal(statusOf(await callback(world, approved(consent))), 410);
      await wipeExpiredFlows(world.deps);
      assert.equal(statusOf(await callback(world, approved(consent))), 410);
      assert.equal(world.remote.to('/oauth/access_token').length, 0);
    });

    test('a restart between consent and callback changes nothing', async () => {
      const { accountId } = await fresh();
      const consent = await begin(world, accountId);
      const restarted = await openWorld(db, world);
      assert.ok('redirect' in (await callback(restarted, approved(consent))));
    });

    test('an exchange that is not answered leaves "start again", and is never repeated', async () => {
      const { accountId } = await fresh();
      world.remote.script.set('/oauth/access_token', () => 'drop');
      const consent = await begin(world, accountId);
      assert.equal(statusOf(await callback(world, approved(consent))), 502);
      assert.equal(statusOf(await callback(world, approved(consent))), 409);
      assert.equal(world.remote.to('/oauth/access_token').length, 1);
      assert.equal(modelOf(await world.get(`/connected-accounts/${accountId}/edit`)).isUnknown, true);
    });

    test('when nothing was sent the same callback may be loaded again, once', async () => {
      const { accountId } = await fresh();
      const consent = await begin(world, accountId);
      const reach = cutOff(world);
      assert.equal(statusOf(await callback(world, approved(consent))), 502);
      reach();
      assert.ok('redirect' in (await callback(world, approved(consent))));

      const again = await begin(world, accountId);
      const reachAgain = cutOff(world);
      assert.equal(statusOf(await callback(world, approved(again))), 502);
      assert.equal(statusOf(await callback(world, approved(again))), 502);
      reachAgain();
      assert.equal(statusOf(await callback(world, approved(again))), 409);
    });

    test('a service that does not confirm the callback is not trusted with consent', async () => {
      for (const confirmed of ['false', 'TRUE', '1', undefined]) {
        const { accountId } = await fresh();
        const { oauth_callback_confirmed: _, ...rest } = requestToken('1');
        const fields = confirmed === undefined ? rest : { ...rest, oauth_callback_confirmed: confirmed };
        world.remote.script.set('/oauth/request_token', () => form({ ...fields } as Record<string, string>));
        const answer = await world.post(`/connected-accounts/${accountId}/link`);
        assert.equal(statusOf(answer), 502, String(confirmed));
        await world.close();
      }
    });

    test('refused tokens are told in words, and end the flow', async () => {
      const { accountId } = await fresh();
      world.remote.script.set('/oauth/access_token', () => ({
        status: 401,
        body: '{"errors":[{"code":89,"message":"<b>Invalid or expired token</b>"}]}',
      }));
      const consent = await begin(world, accountId);
      assert.equal(statusOf(await callback(world, approved(consent))), 502);
      assert.equal(statusOf(await callback(world, approved(consent))), 409);
    });

    test('only the worker and browser that made an approval see it, save it or discard it', async () => {
      const { accountId } = await fresh();
      await callback(world, approved(await begin(world, accountId)));
      const path = `/connected-accounts/${accountId}`;
      const flow = flowIdOf(modelOf(await world.get(`${path}/edit`)));
      const elsewhere = { browser: 'two' };
      assert.equal(modelOf(await world.get(`${path}/edit`, elsewhere)).approval, undefined);
      const saved = await world.post(`${path}/edit`, { ...elsewhere, form: { name: 'x', uri: '', flow } });
      assert.equal(statusOf(saved), 410);
      await assert.rejects(world.post(`${path}/discard`, { ...elsewhere, form: { flow } }), { status: 410 });
      await world.post(`${path}/discard`, { form: { flow } });
      assert.equal(modelOf(await world.get(`${path}/edit`)).approval, undefined);
      assert.equal((await account(world, accountId)).status, 'unlinked');
    });

    test('an approval is wiped after 60 minutes and cannot be saved any more', async () => {
      const { accountId } = await fresh();
      await callback(world, approved(await begin(world, accountId)));
      const path = `/connected-accounts/${accountId}`;
      const flow = flowIdOf(modelOf(await world.get(`${path}/edit`)));
      world.clock.now += 60 * 60_000;
      const late = await world.post(`${path}/edit`, { form: { name: 'x', uri: '', flow } });
      assert.equal(statusOf(late), 410);
      await wipeExpiredFlows(world.deps);
      const rows = await db('link_flows').where({ id: flow }).whereNotNull('sealed_grant');
      assert.equal(rows.length, 0);
    });

    test('old tokens serve until Save Changes, and another identity wants a tick', async () => {
      const { accountId } = await fresh();
      const path = `/connected-accounts/${accountId}`;
      await linkAndSave(world, accountId);
      world.remote.script.set('/oauth/access_token', () => form(accessToken(9, 'bob', '9007199254740992')));
      await callback(world, approved(await begin(world, accountId)));
      const edit = modelOf(await world.get(`${path}/edit`));
      assertHolds(edit, {
        approval: { as: '@bob', change: { was: '@alice', becomes: '@bob' } },
      });
      assert.deepEqual((await account(world, accountId)).identity, { id: '9007199254740993', name: 'alice' });
      const flow = flowIdOf(edit);
      const fields = { name: 'Our Twitter', uri: '', flow };
      assert.equal(statusOf(await world.post(`${path}/edit`, { form: fields })), 409);
      await world.post(`${path}/edit`, { form: { ...fields, replace_identity: 'yes' } });
      assert.deepEqual((await account(world, accountId)).identity, { id: '9007199254740992', name: 'bob' });
    });

    test('linking again keeps the account and all that refers to it; only the tokens change', async () => {
      const { accountId } = await fresh();
      await linkAndSave(world, accountId);
      world.users.set(accountId, [{ context: 'cerberusweb.contexts.behavior', id: 'B', label: 'Answer' }]);
      const { linked_at: _, ...held } = await account(world, accountId);
      for (const isUnlinked of [false, true]) {
        if (isUnlinked) await world.call('POST', `/connected-accounts/${accountId}/unlink`);
        world.clock.now += 60_000;
        await linkAndSave(world, accountId);
        const { linked_at: at, ...now } = await account(world, accountId);
        assert.deepEqual(now, held);
        assert.equal(at, new Date(world.clock.now).toISOString());
        const request = { method: 'GET', url: `https://${remoteHost}/me` };
        await world.call('POST', `/connected-accounts/${accountId}/request`, request);
        const times = world.remote.to('/oauth/access_token').length;
        assert.match(
          world.remote.to('/me').at(-1)?.authorization ?? '',
          new RegExp(`oauth_token="canary-access-token-alice-${times}"`),
        );
        const gone = world.call('DELETE', `/connected-accounts/${accountId}`);
        await assert.rejects(gone, { code: 'in_use' }, 'the behavior still refers to it');
      }
    });

    test('fields of the token answer that are no secret are kept and shown, and go with the tokens', async () => {
      const { accountId } = await fresh();
      world.remote.script.set('/oauth/access_token', () =>
        form({
          ...accessToken(1, 'alice', '1'),
          fullname: '<b>Al & Co</b>',
          oauth_session_handle: 'canary-handle',
        }),
      );
      await linkAndSave(world, accountId);
      const { extra } = await account(world, accountId);
      assert.deepEqual(extra, { user_id: '1', screen_name: 'alice', fullname: '<b>Al & Co</b>' });
      const card = world.html(await world.get(`/connected-accounts/${accountId}`));
      assert.match(card, /<code>fullname<\/code><\/dt><dd class="break">&lt;b&gt;Al &amp; Co&lt;\/b&gt;</);
      assert.doesNotMatch(card, /canary/);
      assert.doesNotMatch(await dump(db), /canary/);
      await world.call('POST', `/connected-accounts/${accountId}/unlink`);
      assert.deepEqual((await account(world, accountId)).extra, {});
    });

    test("a state of the remote site's own beside the token changes nothing", async () => {
      const { accountId } = await fresh();
      const consent = await begin(world, accountId);
      assert.ok('redirect' in (await callback(world, { ...approved(consent), state: 'theirs' })));
    });

    test('the identity call, where the service has one, tells who consented', async () => {
      world = await openWorld(db);
      const { accountId } = await addAccount(world, { params: { identity } });
      world.remote.script.set('/oauth/access_token', () =>
        form({ oauth_token: 'canary-at', oauth_token_secret: 'canary-ats' }),
      );
      await callback(world, approved(await begin(world, accountId)));
      const edit = modelOf(await world.get(`/connected-accounts/${accountId}/edit`));
      assertHolds(edit, { approval: { as: '@alice' } });
    });

    test('who may not use the account may not link it', async () => {
      const { accountId } = await fresh();
      const path = `/connected-accounts/${accountId}`;
      assert.equal(statusOf(await world.post(`${path}/link`, { worker: bob })), 403);
      const edit = modelOf(await world.get(`${path}/edit`, { worker: bob }));
      assert.match(String(edit.reason), /belongs to the application/);
      const shown = world.html(await world.get(`${path}/edit`, { worker: bob }));
      assert.match(shown, /disabled aria-describedby="link-reason">Link to Twitter</);
    });

    test("a worker links an account of its own without seeing the service's secret", async () => {
      world = await openWorld(db);
      const { accountId } = await addAccount(world, { owner: { context: 'worker', id: bob.id } });
      const answer = await world.post(`/connected-accounts/${accountId}/link`, { worker: bob });
      assert.ok('redirect' in answer && answer.outside);
    });

    test('the page with a Link button lets its form lead to where consent is asked', async () => {
      const { accountId } = await fresh();
      const edit = await world.get(`/connected-accounts/${accountId}/edit`);
      assert.deepEqual('view' in edit && edit.formActions, [world.remote.origin]);
    });

    test('an address of the API links without sign-in and stores at once', async () => {
      const { accountId } = await fresh();
      const { path, url } = await linkAddress(world, accountId);
      assert.match(url, /^https:\/\/hub\.test\/link\/[\w-]{43}$/);
      const offer = await world.get(path, { worker: undefined });
      assertHolds(modelOf(offer), { account: 'Our Twitter', service: 'Twitter', askedBy: 'deploy' });
      assert.equal(world.remote.seen.length, 0, 'looking at it asks for nothing');
      const consent = consentOf(await world.post(path, { worker: undefined }));
      const back = await callback(world, approved(consent), { worker: undefined });
      assert.ok('redirect' in back && back.redirect.startsWith('/link/done/'));
      assert.equal((await account(world, accountId)).status, 'linked');
      const donePath = 'redirect' in back ? back.redirect : '';
      assert.match(
        String(modelOf(await world.get(donePath, { worker: undefined })).text),
        /linked as @alice/,
      );
      await assert.rejects(world.get(donePath, { worker: undefined, browser: 'two' }), { code: 'not_found' });
      assert.equal(statusOf(await world.get(path, { worker: undefined })), 409);
    });

    test('continuing in a second browser voids the first', async () => {
      const { accountId } = await fresh();
      const { path } = await linkAddress(world, accountId);
      const nobody = { worker: undefined };
      const one = consentOf(await world.post(path, { ...nobody, browser: 'one' }));
      const two = consentOf(await world.post(path, { ...nobody, browser: 'two' }));
      assert.equal(statusOf(await callback(world, approved(one), nobody)), 400);
      assert.ok('redirect' in (await callback(world, approved(two), { ...nobody, browser: 'two' })));
    });

    test('an address keeps the old tokens when another identity consents, unless it was asked to replace', async () => {
      const { accountId } = await fresh();
      await linkAndSave(world, accountId);
      world.remote.script.set('/oauth/access_token', () => form(accessToken(5, 'bob', '2')));
      for (const [replace, status, name] of [
        [false, 409, 'alice'],
        [true, undefined, 'bob'],
      ] as const) {
        const { path } = await linkAddress(world, accountId, { replace });
        const consent = consentOf(await world.post(path, { worker: undefined }));
        assert.equal(statusOf(await callback(world, approved(consent), { worker: undefined })), status);
        assertHolds(await account(world, accountId), { identity: { name } });
      }
    });

    test('an address is good for 10 minutes, and unknown ones are not found', async () => {
      const { accountId } = await fresh();
      const { path } = await linkAddress(world, accountId);
      world.clock.now += 10 * 60_000;
      assert.equal(statusOf(await world.get(path, { worker: undefined })), 410);
      assert.equal(statusOf(await world.post(path, { worker: undefined })), 410);
      assert.equal(statusOf(await world.get('/link/nonsense', { worker: undefined })), 404);
    });

    test('one worker cannot begin links without end', async () => {
      const { accountId } = await fresh();
      let last: PageAnswer | undefined;
      for (let begun = 0; begun < 101; begun++) {
        last = await world.post(`/connected-accounts/${accountId}/link`, {
          worker: { ...admin, id: 'w-eager' },
        });
      }
      assert.equal(last && statusOf(last), 429);
    });

    test('neither request tokens nor access tokens are readable in the database, and used ones are wiped', async () => {
      const { accountId } = await fresh();
      await begin(world, accountId);
      assert.doesNotMatch(await dump(db), /canary/);
      await linkAndSave(world, accountId);
      assert.doesNotMatch(await dump(db), /canary/);
      const rows = await db('link_flows').where({ account_id: accountId, state: 'saved' });
      assert.ok(
        rows.length > 0 && rows.every((row) => row.sealed_request === null && row.sealed_grant === null),
      );
    });

    test('a sealed token that was moved to another account does not open', async () => {
      const one = await fresh();
      const two = await addAccount(world);
      await linkAndSave(world, one.accountId);
      const [row] = await db('connected_accounts').where({ id: one.accountId });
      await db('connected_accounts')
        .where({ id: two.accountId })
        .update({ sealed_credentials: row.sealed_credentials, status: 'linked' });
      const request = { method: 'GET', url: `https://${remoteHost}/me` };
      await assert.rejects(world.call('POST', `/connected-accounts/${two.accountId}/request`, request), {
        name: 'VaultError',
      });
    });
  });
});

/** Asserts the named members alone, however deep. */
function assertHolds(actual: unknown, expected: Record<string, unknown>): void {
  for (const [key, value] of Object.entries(expected)) {
    const found = typeof actual === 'object' && actual !== null ? Object.entries(actual) : [];
    const member = found.find(([name]) => name === key)?.[1];
    if (typeof value === 'object' && value !== null) assertHolds(member, { ...value });
    else assert.equal(member, value, key);
  }
}

async function begin(world: World, accountId: string): Promise<URL> {
  return consentOf(await world.post(`/connected-accounts/${accountId}/link`));
}

function consentOf(answer: PageAnswer): URL {
  if (!('redirect' in answer)) assert.fail(`no redirect to consent: ${JSON.stringify(answer)}`);
  assert.equal(answer.outside, true);
  return new URL(answer.redirect);
}

function tokenOf(consent: URL): string {
  return consent.searchParams.get('oauth_token') ?? assert.fail('no request token');
}

function approved(consent: URL): Record<string, string> {
  return { oauth_token: tokenOf(consent), oauth_verifier: 'verifier' };
}

function query(fields: Record<string, string>): string {
  return new URLSearchParams(fields).toString();
}

function callback(
  world: World,
  fields: Record<string, string>,
  asking: { browser?: string; worker?: typeof bob | undefined } = {},
): Promise<PageAnswer> {
  return world.get('/oauth/callback', { ...asking, query: query(fields) });
}

function statusOf(answer: PageAnswer): number | undefined {
  return 'view' in answer ? answer.status : undefined;
}

function modelOf(answer: PageAnswer): Record<string, unknown> {
  if (!('view' in answer)) assert.fail(`no page: ${JSON.stringify(answer)}`);
  return answer.model;
}

function flowIdOf(model: Record<string, unknown>): string {
  const { approval } = model;
  if (typeof approval !== 'object' || approval === null || !('flowId' in approval))
    assert.fail('no approval');
  return String(approval.flowId);
}

async function linkAndSave(world: World, accountId: string): Promise<void> {
  await callback(world, approved(await begin(world, accountId)));
  const path = `/connected-accounts/${accountId}/edit`;
  const flow = flowIdOf(modelOf(await world.get(path)));
  await world.post(path, { form: { name: 'Our Twitter', uri: '', flow } });
}

async function account(world: World, id: string): Promise<Record<string, unknown>> {
  return bodyOf(await world.call('GET', `/connected-accounts/${id}`));
}

function bodyOf({ body }: ApiAnswer): Record<string, unknown> {
  if (typeof body !== 'object' || body === null) assert.fail('no body');
  return { ...body };
}

async function linkAddress(
  world: World,
  accountId: string,
  body = {},
): Promise<{ path: string; url: string }> {
  const { url } = bodyOf(await world.call('POST', `/connected-accounts/${accountId}/link`, body));
  return { path: new URL(String(url)).pathname, url: String(url) };
}

async function dump(db: Knex): Promise<string> {
  const tables = ['connected_services', 'connected_accounts', 'link_flows', 'deliveries'];
  return JSON.stringify(await Promise.all(tables.map((table) => db(table))));
}
