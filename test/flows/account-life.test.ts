/** How long an account is good for, who renews it, and what a person is told; on both databases. */
import assert from 'node:assert/strict';
import { afterEach, before, describe, test } from 'node:test';
import type { Knex } from 'knex';
import { accountsInNeed } from '../../server/connections/account-facts.ts';
import { renewAccounts } from '../../server/connections/account-jobs.ts';
import { noTimes } from '../../server/connections/lifetime.ts';
import { findAccount, updateAccount } from '../../server/connections/store-accounts.ts';
import { countAccounts } from '../../server/connections/store-overview.ts';
import { claimRenewal, storeRenewal } from '../../server/connections/store-renewals.ts';
import { addAccount, admin, openWorld, remoteHost, type World } from '../support/connections.ts';
import { withDatabases } from '../support/databases.ts';
import { ask, grantTokens, linkAgain, linkedAccount, told } from '../support/linked-account.ts';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
const iso = (time: number) => new Date(time).toISOString();

/** As E*TRADE has it: idle after two hours, over at midnight in New York. */
const idle = {
  kind: 'idle',
  idle_minutes: 120,
  daily_end: 'America/New_York',
  renew_url: `https://${remoteHost}/oauth/renew`,
};
/** As Atlassian has it. */
const session = { oauth_session_handle: 'canary-handle', oauth_expires_in: '3600' };

withDatabases((database) => {
  describe(`the life of accounts on ${database.name}`, () => {
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
      world.clock.now = Date.UTC(2026, 0, 10, 9);
      world.remote.script.set('/thing', () => ({ body: 'here' }));
      return world;
    };

    test('a fixed time ends the account on its day; before, a person is warned in four places', async () => {
      await open();
      const { accountId } = await linkedAccount(world, { lifetime: { kind: 'fixed', days: 90 } });
      const linkedAt = world.clock.now;
      const at = await told(world, accountId);
      assert.deepEqual([at.status, at.expires_at], ['linked', iso(linkedAt + 90 * day)]);
      assert.deepEqual(await accountsInNeed(world.deps, admin), []);

      world.clock.now = linkedAt + 84 * day;
      const card = world.html(await world.get(`/connected-accounts/${accountId}`));
      assert.match(card, /Linked, ends soon/);
      assert.match(card, /The permission ends <time datetime="2026-04-10T09:00/);
      assert.match(world.html(await world.get('/connected-accounts')), /Linked, ends soon/);
      const [inNeed] = await accountsInNeed(world.deps, admin);
      assert.deepEqual([inNeed?.id, inNeed?.text], [accountId, 'Linked, ends soon']);
      const counts = await countAccounts(db, world.clock.now);
      assert.deepEqual([counts.expiring, counts.byStatus.get('linked')], [1, 1]);
      await ask(world, accountId);

      world.clock.now = linkedAt + 90 * day;
      assert.equal((await told(world, accountId)).status, 'expired');
      await assert.rejects(ask(world, accountId), {
        code: 'account_unlinked',
        message: /is expired\. Open it and press Link to Twitter/,
      });
      assert.equal((await countAccounts(db, world.clock.now)).byStatus.get('expired'), 1);
    });

    test('linking again keeps the id and all that refers to it, and begins a new life', async () => {
      await open();
      const { accountId } = await linkedAccount(world, { lifetime: { kind: 'fixed', days: 1 } });
      world.users.set(accountId, [{ context: 'cerberusweb.contexts.bot', id: 'b', label: 'Bot' }]);
      world.clock.now += 2 * day;
      assert.equal((await told(world, accountId)).status, 'expired');
      await linkAgain(world, accountId);
      const again = await told(world, accountId);
      assert.deepEqual([again.id, again.status], [accountId, 'linked']);
      assert.equal(again.expires_at, iso(world.clock.now + day));
      assert.equal((await ask(world, accountId)).info.http_code, 200);
      await assert.rejects(world.call('DELETE', `/connected-accounts/${accountId}`), { code: 'in_use' });
    });

    test('times count from consent, however late it is saved', async () => {
      await open();
      const { accountId } = await addAccount(world, { params: { lifetime: { kind: 'fixed', days: 1 } } });
      const path = `/connected-accounts/${accountId}`;
      const begun = await world.post(`${path}/link`);
      const consent = 'redirect' in begun ? new URL(begun.redirect) : undefined;
      const token = consent?.searchParams.get('oauth_token');
      const consentAt = world.clock.now;
      await world.get('/oauth/callback', { query: `oauth_token=${token}&oauth_verifier=v` });
      world.clock.now += 50 * minute;
      const page = world.html(await world.get(`${path}/edit`));
      const flow = /name="flow" value="([^"]+)"/.exec(page)?.[1] ?? '';
      await world.post(`${path}/edit`, { form: { name: 'Saved late', uri: '', flow } });
      const saved = await told(world, accountId);
      assert.deepEqual([saved.linked_at, saved.expires_at], [iso(consentAt), iso(consentAt + day)]);
    });

    test('an idle token lives on by being used, and is renewed by the job when it is not', async () => {
      await open();
      const { accountId } = await linkedAccount(world, { lifetime: idle });
      world.clock.now += hour;
      await ask(world, accountId);
      assert.equal((await told(world, accountId)).expires_at, iso(world.clock.now + 2 * hour));

      world.remote.script.set('/oauth/renew', () => ({ body: 'Access Token has been renewed' }));
      await renewAccounts(world.deps);
      assert.equal(world.remote.to('/oauth/renew').length, 0, 'not before it is due');
      world.clock.now += 1.8 * hour;
      await renewAccounts(world.deps);
      const [renewed] = world.remote.to('/oauth/renew');
      assert.equal(renewed?.method, 'GET');
      assert.match(renewed?.authorization ?? '', /oauth_token="canary-token-1"/);
      const after = await told(world, accountId);
      assert.equal(after.expires_at, iso(world.clock.now + 2 * hour));
      assert.equal(after.life.renewed_at, iso(world.clock.now));
      assert.match(world.html(await world.get(`/connected-accounts/${accountId}`)), /renewed by itself from/);
    });

    test('no renewal reaches past the daily end, and the last hours warn', async () => {
      await open();
      const { accountId } = await linkedAccount(world, { lifetime: idle });
      world.remote.script.set('/oauth/renew', () => ({ body: 'renewed' }));
      const midnight = Date.UTC(2026, 0, 11, 5);
      world.clock.now = midnight - hour;
      await db('connected_accounts').update({ renew_at: world.clock.now });
      await renewAccounts(world.deps);
      const last = await told(world, accountId);
      assert.deepEqual([last.expires_at, last.life.renews_at], [iso(midnight), null]);
      assert.equal((await countAccounts(db, world.clock.now)).expiring, 1);
      world.clock.now = midnight;
      await assert.rejects(ask(world, accountId), { code: 'account_unlinked' });
      assert.equal(world.remote.to('/oauth/renew').length, 1);
    });

    test('a session handle renews at the access token URL, and new tokens are stored before they are used', async () => {
      await open();
      const { accountId } = await linkedAccount(world, {}, session);
      const granted = await told(world, accountId);
      assert.equal(granted.expires_at, iso(world.clock.now + hour));
      world.clock.now += 2 * hour;
      grantTokens(world, { ...session, oauth_session_handle: 'canary-handle-2' });
      const inStore: (string | undefined)[] = [];
      world.remote.script.set('/thing', ({ authorization }) => {
        inStore.push(/oauth_token="([^"]*)"/.exec(authorization)?.[1]);
        return { body: 'here' };
      });
      await ask(world, accountId);
      const renewal = world.remote.to('/oauth/access_token')[1];
      assert.match(renewal?.authorization ?? '', /oauth_session_handle="canary-handle"/);
      assert.match(renewal?.authorization ?? '', /oauth_token="canary-token-1"/);
      assert.deepEqual(inStore, ['canary-token-2'], 'an expired token is renewed at its use');
      const second = await openWorld(db, world);
      await ask(second, accountId);
      assert.equal(inStore[1], 'canary-token-2', 'another process signs with what was stored');
      assert.deepEqual((await told(world, accountId)).identity, granted.identity);
      world.clock.now += 2 * hour;
      await ask(world, accountId);
      const last = world.remote.to('/oauth/access_token')[2];
      assert.match(last?.authorization ?? '', /oauth_session_handle="canary-handle-2"/);
    });

    test('of two processes that renew at once one does, and both go on with what it brought', async () => {
      await open();
      const { accountId } = await linkedAccount(world, {}, session);
      world.clock.now += 2 * hour;
      const second = await openWorld(db, world);
      const answers = await Promise.all([
        ...Array.from({ length: 4 }, () => ask(world, accountId)),
        ...Array.from({ length: 4 }, () => ask(second, accountId)),
        renewAccounts(second.deps),
      ]);
      assert.deepEqual(
        answers.slice(0, 8).map((answer) => answer.info.http_code),
        Array.from({ length: 8 }, () => 200),
      );
      assert.equal(world.remote.to('/oauth/access_token').length, 2, 'the link, and one renewal');
      for (const { authorization } of world.remote.to('/thing'))
        assert.match(authorization, /canary-token-2/);
    });

    test('while another renews, a token that is still good is used as it is', async () => {
      await open();
      const { accountId } = await linkedAccount(world, {}, session);
      world.clock.now += 55 * minute;
      const account = await findAccount(db, accountId);
      assert.ok(account);
      assert.ok(await claimRenewal(db, account, { now: world.clock.now, until: world.clock.now + minute }));
      await ask(world, accountId);
      assert.match(world.remote.to('/thing')[0]?.authorization ?? '', /canary-token-1/);
      assert.equal(world.remote.to('/oauth/access_token').length, 1);
    });

    test('what a person decided during a renewal stays: its answer comes too late', async () => {
      await open();
      const { accountId } = await linkedAccount(world, {}, session);
      world.clock.now += 2 * hour;
      const account = await findAccount(db, accountId);
      assert.ok(account);
      const lease = { now: world.clock.now, until: world.clock.now + minute };
      const fence = await claimRenewal(db, account, lease);
      assert.ok(fence);
      assert.equal(await claimRenewal(db, account, lease), undefined);
      const renamed = { ...account, name: 'Renamed', updatedAt: account.updatedAt + 1 };
      assert.equal(await updateAccount(db, account, renamed), true, 'a new name is no new life');
      await world.call('POST', `/connected-accounts/${accountId}/unlink`);
      const renewed = { sealedCredentials: 'late', times: noTimes, accessLevel: null };
      assert.equal(await storeRenewal(db, { id: accountId, fence }, renewed, world.clock.now), false);
      assert.equal((await told(world, accountId)).status, 'unlinked');
      assert.equal((await told(world, accountId)).name, 'Renamed');
    });

    test('a lost answer is tried again later, and a refusal then says that the first may have used up the token', async () => {
      await open();
      const { accountId } = await linkedAccount(world, {}, session);
      world.clock.now += 55 * minute;
      world.remote.script.set('/oauth/access_token', () => 'drop');
      await renewAccounts(world.deps);
      const unsure = await told(world, accountId);
      assert.equal(unsure.status, 'linked', 'the old token is good for five minutes yet');
      assert.match(unsure.last_error, /nobody knows whether it renewed the token/);
      assert.equal(unsure.life.renews_at, iso(world.clock.now + minute));
      await ask(world, accountId);

      world.clock.now += 10 * minute;
      world.remote.script.set('/oauth/access_token', () => ({
        status: 401,
        headers: { 'www-authenticate': 'OAuth oauth_problem="token_rejected"' },
        body: '',
      }));
      await assert.rejects(ask(world, accountId), {
        code: 'account_unlinked',
        message: /An earlier renewal was not answered, and may have used up the old token\. Open the account/,
      });
      assert.equal((await told(world, accountId)).status, 'expired');
      await renewAccounts(world.deps);
      assert.equal(world.remote.to('/oauth/access_token').length, 3, 'a final refusal is final');
    });

    test('trouble over there is waited out, and a final refusal ends the account with its token', async () => {
      await open();
      const { accountId } = await linkedAccount(world, {}, session);
      world.clock.now += 55 * minute;
      world.remote.script.set('/oauth/access_token', () => ({ status: 503, body: '' }));
      await renewAccounts(world.deps);
      assert.equal((await told(world, accountId)).life.renews_at, iso(world.clock.now + minute));
      world.remote.script.set('/oauth/access_token', () => ({
        status: 401,
        body: 'oauth_problem=token_revoked',
      }));
      world.clock.now += minute;
      await renewAccounts(world.deps);
      const refused = await told(world, accountId);
      assert.deepEqual([refused.status, refused.life.renews_at], ['linked', null]);
      assert.match(refused.last_error, /did not renew the token.*link it to Twitter again\.$/);
      assert.doesNotMatch(refused.last_error, /earlier renewal|canary/);
      assert.equal((await countAccounts(db, world.clock.now)).expiring, 1, 'a person is warned at once');
      await ask(world, accountId);
      world.clock.now += 4 * minute;
      await assert.rejects(ask(world, accountId), { code: 'account_unlinked' });
    });

    test('a process that died with a renewal is succeeded when its lease is over', async () => {
      await open();
      const { accountId } = await linkedAccount(world, {}, session);
      world.clock.now += 2 * hour;
      const account = await findAccount(db, accountId);
      assert.ok(account);
      await claimRenewal(db, account, { now: world.clock.now, until: world.clock.now + minute });
      await renewAccounts({ ...world.deps, now: () => world.clock.now + minute });
      assert.equal(world.remote.to('/oauth/access_token').length, 2);
      assert.equal((await told(world, accountId)).status, 'linked');
    });
  });
});
