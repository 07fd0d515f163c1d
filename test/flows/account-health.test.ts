/** What refusals, checks and unlinking make of an account; on both databases. */
import assert from 'node:assert/strict';
import { afterEach, before, describe, test } from 'node:test';
import type { Knex } from 'knex';
import { accountsInNeed } from '../../server/connections/account-facts.ts';
import { checkAccounts } from '../../server/connections/account-jobs.ts';
import { countAccounts } from '../../server/connections/store-overview.ts';
import { admin, openWorld, remoteHost, type World } from '../support/connections.ts';
import { withDatabases } from '../support/databases.ts';
import { json } from '../support/fake-remote.ts';
import { ask, identity, linkAgain, linkedAccount, told } from '../support/linked-account.ts';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
const bob = '{"id":42,"screen_name":"bob"}';

withDatabases((database) => {
  describe(`the health of accounts on ${database.name}`, () => {
    let db: Knex;
    let world: World;
    before(async () => {
      db = await database.open();
    });
    afterEach(async () => {
      await world.close();
      await db('connected_accounts').delete();
    });
    const open = async () => {
      world = await openWorld(db);
      world.remote.script.set('/thing', () => ({ body: 'here' }));
      return world;
    };
    const answer = (status: number, body: string, header?: string) =>
      world.remote.script.set('/thing', () => ({
        status,
        body,
        ...(header !== undefined && { headers: { 'www-authenticate': header } }),
      }));
    const me = (body: string, status = 200) =>
      world.remote.script.set('/me', () => ({ ...json(body), status }));

    const named: [what: string, status: number, body: string, header: string | undefined, becomes: string][] =
      [
        ['token_expired in a header', 401, '', 'OAuth oauth_problem="token_expired"', 'expired'],
        ['token_revoked in a form', 401, 'oauth_problem=token_revoked', undefined, 'revoked'],
        ['token_rejected in a form', 401, 'oauth_problem=token_rejected', undefined, 'revoked'],
        ['code 89', 403, '{"errors":[{"code":89,"message":"x"}]}', undefined, 'revoked'],
        ['a refused signature', 401, 'oauth_problem=signature_invalid', undefined, 'linked'],
        ['code 32', 401, '{"errors":[{"code":32,"message":"x"}]}', undefined, 'linked'],
        ['a 403 without a name', 403, 'no', undefined, 'linked'],
        ['a success that speaks of it', 200, 'oauth_problem=token_revoked', undefined, 'linked'],
        ['trouble over there', 500, 'oauth_problem=token_revoked', undefined, 'linked'],
      ];
    for (const [what, status, body, header, becomes] of named) {
      test(`${what} leaves the account ${becomes}, and is asked for once`, async () => {
        await open();
        const { accountId } = await linkedAccount(world, {});
        answer(status, body, header);
        const got = await world.call('POST', `/connected-accounts/${accountId}/request`, {
          method: 'POST',
          url: `https://${remoteHost}/thing`,
        });
        assert.equal((got.body as { info: { http_code: number } }).info.http_code, status);
        assert.equal(world.remote.to('/thing').length, 1);
        const now = await told(world, accountId);
        assert.equal(now.status, becomes);
        if (becomes === 'linked') return assert.equal(now.last_error, null);
        assert.match(now.last_error, /^Twitter .* Open the account and link it to Twitter again\.$/);
        await assert.rejects(ask(world, accountId), {
          code: 'account_unlinked',
          message: new RegExp(`is ${becomes}\\. Twitter .*link it to Twitter again`),
        });
        assert.equal(world.remote.to('/thing').length, 1, 'nothing more is sent');
        await linkAgain(world, accountId);
        assert.deepEqual((await told(world, accountId)).last_error, null);
      });
    }

    test('a token that has expired and can be renewed is renewed at its next use, and not again and again', async () => {
      await open();
      const renewUrl = `https://${remoteHost}/oauth/renew`;
      const lifetime = { kind: 'idle', idle_minutes: 120, renew_url: renewUrl };
      const { accountId } = await linkedAccount(world, { lifetime });
      world.remote.script.set('/oauth/renew', () => ({ body: 'renewed' }));
      answer(401, 'oauth_problem=token_expired');
      assert.equal((await ask(world, accountId)).info.http_code, 401);
      assert.equal((await told(world, accountId)).status, 'linked');
      assert.equal((await ask(world, accountId)).info.http_code, 401);
      assert.equal(world.remote.to('/oauth/renew').length, 1);
      assert.equal(
        (await told(world, accountId)).status,
        'expired',
        'renewed a moment ago, and expired again',
      );
    });

    test('a 401 that names nothing has the account looked at: well, refused, or gone', async () => {
      for (const [body, status, becomes] of [
        ['{"id":9007199254740993,"screen_name":"alice"}', 200, 'linked'],
        ['no', 401, 'error'],
        ['{"errors":[{"code":89}]}', 401, 'revoked'],
        ['', 503, 'linked'],
      ] as const) {
        await open();
        const { accountId } = await linkedAccount(world, { identity });
        await db('connected_accounts').update({ next_check_at: world.clock.now + day });
        const asked = world.remote.to('/me').length;
        await checkAccounts(world.deps);
        assert.equal(world.remote.to('/me').length, asked, 'not due yet');
        answer(401, '');
        await ask(world, accountId);
        assert.equal((await told(world, accountId)).status, 'linked', 'by itself it means nothing');
        me(body, status);
        await checkAccounts(world.deps);
        assert.equal(world.remote.to('/me').length, asked + 1);
        assert.equal((await told(world, accountId)).status, becomes);
        await ask(world, accountId).catch(() => undefined);
        await checkAccounts(world.deps);
        assert.equal(world.remote.to('/me').length, asked + 1, 'a second one soon after asks nothing');
        await world.close();
        await db('connected_accounts').delete();
      }
    });

    test('each account is asked once a day, spread over the day, and by one of several processes', async () => {
      await open();
      await linkedAccount(world, { identity });
      const linking = world.remote.to('/me').length;
      const second = await openWorld(db, world);
      await checkAccounts(world.deps);
      const [planned] = await db('connected_accounts').select('next_check_at');
      const at = Number(planned.next_check_at);
      assert.ok(at >= world.clock.now && at < world.clock.now + day);
      world.clock.now = at;
      await Promise.all([checkAccounts(world.deps), checkAccounts(second.deps)]);
      assert.equal(world.remote.to('/me').length, linking + 1);
      world.clock.now += 23 * hour;
      await checkAccounts(world.deps);
      assert.equal(world.remote.to('/me').length, linking + 1);
      world.clock.now += hour;
      await checkAccounts(world.deps);
      assert.equal(world.remote.to('/me').length, linking + 2);
    });

    test('the record of a service says how often, and 0 means by the button alone', async () => {
      await open();
      const { accountId } = await linkedAccount(world, { identity: { ...identity, every_hours: 0 } });
      const linking = world.remote.to('/me').length;
      await checkAccounts(world.deps);
      world.clock.now += 3 * day;
      await checkAccounts(world.deps);
      assert.equal(world.remote.to('/me').length, linking);
      await world.call('POST', `/connected-accounts/${accountId}/test`);
      assert.equal((await told(world, accountId)).life.checked_at, new Date(world.clock.now).toISOString());
    });

    test('of one service one account is asked at a time', async () => {
      await open();
      const { serviceId } = await linkedAccount(world, { identity });
      for (const name of ['Second', 'Third']) {
        const made = await world.call('POST', '/connected-accounts', { name, service_id: serviceId });
        await linkAgain(world, (made.body as { id: string }).id);
      }
      await db('connected_accounts').update({ next_check_at: 1 });
      let atOnce = 0;
      let most = 0;
      const { deliver } = world.deps;
      await checkAccounts({
        ...world.deps,
        async deliver(request, context) {
          most = Math.max(most, ++atOnce);
          const delivery = await deliver(request, context);
          atOnce--;
          return delivery;
        },
      });
      assert.equal(most, 1);
      assert.equal(await db('connected_accounts').where({ next_check_at: 1 }).first(), undefined);
    });

    test('an account whose service cannot be opened holds up no other', async () => {
      await open();
      const broken = await linkedAccount(world, { identity });
      const { accountId } = await linkedAccount(world, { identity });
      await db('connected_services').where({ id: broken.serviceId }).update({ extension_id: 'gone' });
      await db('connected_accounts').update({ next_check_at: 1 });
      await checkAccounts(world.deps);
      const [asked] = await db('connected_accounts').where({ id: accountId }).select('checked_at');
      assert.equal(Number(asked.checked_at), world.clock.now);
    });

    test('an account that answers as somebody else is stopped until a person accepts that', async () => {
      await open();
      const { accountId } = await linkedAccount(world, { identity });
      const path = `/connected-accounts/${accountId}`;
      me(bob);
      await db('connected_accounts').update({ next_check_at: 1 });
      await checkAccounts(world.deps);
      const drifted = await told(world, accountId);
      assert.equal(drifted.status, 'error');
      assert.deepEqual(drifted.identity, { id: '9007199254740993', name: 'alice' });
      assert.deepEqual(drifted.life.found_identity, { id: '42', name: 'bob' });
      assert.match(drifted.last_error, /linked as @alice and answers as @bob now/);
      await assert.rejects(ask(world, accountId), { code: 'account_unlinked', message: /stopped.*@bob/ });
      assert.equal(world.remote.to('/thing').length, 0);
      assert.equal((await countAccounts(db, world.clock.now)).drifted, 1);
      assert.equal((await accountsInNeed(world.deps, admin))[0]?.text, 'Answers as another');
      const page = world.html(await world.get(`${path}/edit`));
      assert.match(page, />Accept @bob<\/button>/);

      await assert.rejects(world.call('POST', `${path}/accept-identity`, { id: '9007199254740993' }), {
        code: 'conflict',
      });
      await world.post(`${path}/identity`, { form: { found: '42' } });
      const accepted = await told(world, accountId);
      assert.deepEqual([accepted.status, accepted.last_error], ['linked', null]);
      assert.deepEqual(accepted.identity, { id: '42', name: 'bob' });
      assert.equal(accepted.life.found_identity, null);
      assert.equal((await ask(world, accountId)).info.http_code, 200);
    });

    test('an identity of any length is kept, and is nobody else at the next look', async () => {
      await open();
      const id = `a${'😀'.repeat(300)}`;
      me(JSON.stringify({ id, screen_name: id }));
      const { accountId } = await linkedAccount(world, { identity }, { user_id: id, screen_name: id });
      const { body } = await world.call('POST', `/connected-accounts/${accountId}/test`);
      assert.equal((body as { ok: boolean }).ok, true); // what the route answers
      assert.equal((await told(world, accountId)).identity.id, `a${'😀'.repeat(63)}`);
    });

    test('an answer that names nobody is told as that: no other identity would be noticed', async () => {
      await open();
      const { accountId } = await linkedAccount(world, { identity });
      me('<html>signed in</html>');
      const { body } = await world.call('POST', `/connected-accounts/${accountId}/test`);
      const { ok, message } = body as { ok: boolean; message: string }; // what the route answers
      assert.equal(ok, true);
      assert.match(message, /accepted the account\. Its answer does not tell who it is/);
    });

    test('linking again as before, or the old identity at the Test button, ends the stop as well', async () => {
      await open();
      const { accountId } = await linkedAccount(world, { identity });
      const test = `/connected-accounts/${accountId}/test`;
      me(bob);
      const { body } = await world.call('POST', test);
      assert.deepEqual((body as { ok: boolean }).ok, false);
      assert.match((body as { message: string }).message, /answers as @bob now/);
      assert.match(world.html(await world.get(`/connected-accounts/${accountId}`)), /Answers as another/);
      me('{"id":9007199254740993,"screen_name":"alice_renamed"}');
      await linkAgain(world, accountId);
      assert.equal((await told(world, accountId)).status, 'linked');
      me(bob);
      await world.call('POST', test);
      me('{"id":9007199254740993,"screen_name":"alice_renamed"}');
      await world.call('POST', test);
      const well = await told(world, accountId);
      assert.deepEqual([well.status, well.life.found_identity], ['linked', null]);
      assert.equal(well.identity.name, 'alice_renamed', 'a name may change');
    });

    test('the Test button tells expired from revoked, and finds an account well again', async () => {
      await open();
      const { accountId } = await linkedAccount(world, { identity });
      const test = `/connected-accounts/${accountId}/test`;
      for (const [name, becomes] of [
        ['token_expired', 'expired'],
        ['token_revoked', 'revoked'],
      ]) {
        me(`oauth_problem=${name}`, 401);
        await world.call('POST', test);
        assert.equal((await told(world, accountId)).status, becomes);
        me('{"id":9007199254740993,"screen_name":"alice"}');
        await world.call('POST', test);
        assert.equal((await told(world, accountId)).status, 'linked');
      }
    });

    test('unlinking forgets here and calls the revoke address, signed; a failure is told and keeps nothing', async () => {
      await open();
      const revoke = { url: `https://${remoteHost}/oauth/revoke`, params: { all: '1' } };
      const { accountId } = await linkedAccount(world, { revoke });
      const unlink = `/connected-accounts/${accountId}/unlink`;
      world.remote.script.set('/oauth/revoke', () => ({ body: '' }));
      const ended = (await world.call('POST', unlink)).body as { ok: boolean; message: string };
      assert.deepEqual(ended.ok, true);
      assert.match(ended.message, /forgotten here, and Twitter was told to end them/);
      const [call] = world.remote.to('/oauth/revoke');
      assert.deepEqual([call?.method, call?.body], ['POST', 'all=1']);
      assert.match(call?.authorization ?? '', /oauth_token="canary-token-1"/);

      for (const [failure, said] of [
        [{ status: 403, body: 'no' } as const, /did not end them: The app or the account may not do this/],
        ['drop' as const, /did not end them: /],
      ] as const) {
        await linkAgain(world, accountId);
        world.remote.script.set('/oauth/revoke', () => failure);
        const kept = (await world.call('POST', unlink)).body as { ok: boolean; message: string };
        assert.equal(kept.ok, false);
        assert.match(kept.message, said);
        assert.match(kept.message, /revoke the app in your settings at Twitter/);
        const [row] = await db('connected_accounts').select('status', 'sealed_credentials');
        assert.deepEqual([String(row.status), row.sealed_credentials], ['unlinked', null]);
      }
    });
  });
});
