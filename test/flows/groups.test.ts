/** Groups: made by admins, shared by members, gone when they own nothing. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createBrowser } from '../../server/demo/browser.ts';
import {
  assertFields,
  assertList,
  assertRefused,
  id,
  makeAccount,
  makeService,
  time,
} from '../support/contract.ts';
import { withDatabases } from '../support/databases.ts';
import { password, startTestHub, type TestHub } from '../support/hub.ts';

withDatabases((database) => {
  const on = database.name;
  let hub: TestHub;
  before(async () => {
    hub = await startTestHub({ database: await database.create() });
  });
  after(() => hub.close());

  const group = (fields: object) => hub.api('POST', '/groups', fields);
  const owned = (groupId: string) => ({ owner: { context: 'group', id: groupId } });

  /** A worker who came by their one-time address; answers their browser and id. */
  async function worker(name: string) {
    const browser = createBrowser();
    const address = await hub.hub.addWorker({ email: `${name}@example.com`, isAdmin: false });
    await browser.press(await browser.open(address), /sign in/i, {
      name,
      password,
      password_again: password,
    });
    const list = await hub.admin.open(`${hub.url}/setup/workers`);
    const found = new RegExp(`/setup/workers/(\\w{26})">${name}<`).exec(list.html);
    assert.ok(found?.[1], list.html);
    return { browser, id: found[1] };
  }

  test(`${on}: a group has its fields; its name and members change, and unknown members are refused by path`, async () => {
    const kim = await worker('kim');
    const made = await group({ name: ' Support  team ', members: [kim.id] });
    assert.equal(made.status, 201, made.text);
    assertFields(made.body, 'id name members created_at');
    assert.match(made.body.id, id);
    assert.match(made.body.created_at, time);
    assert.equal(made.body.name, 'Support team');
    assert.deepEqual(made.body.members, [{ id: kim.id, label: 'kim' }]);
    const renamed = await hub.api('PATCH', `/groups/${made.body.id}`, { name: 'Sales' });
    assert.deepEqual(renamed.body, { ...made.body, name: 'Sales' });
    const emptied = await hub.api('PATCH', `/groups/${made.body.id}`, { members: [] });
    assert.deepEqual(emptied.body.members, []);
    const listed = assertList(await hub.api('GET', '/groups'));
    assert.ok(listed.some((one: { id: string }) => one.id === made.body.id));
    const stranger = assertRefused(await group({ name: 'X', members: ['nobody'] }), 400, 'bad_request');
    assert.equal(stranger.faults[0].path, '/members');
    assertRefused(await group({ name: '  ' }), 400, 'bad_request');
    assertRefused(await group({ name: 'x'.repeat(101) }), 400, 'bad_request');
    assertRefused(await hub.api('GET', '/groups/nothing'), 404, 'not_found');
    assert.equal((await hub.api('DELETE', `/groups/${made.body.id}`)).status, 204);
    assertRefused(await hub.api('DELETE', `/groups/${made.body.id}`), 404, 'not_found');
  });

  test(`${on}: members see and change what the group owns from the next click on, others do not find it`, async () => {
    const [lou, max] = [await worker('lou'), await worker('max')];
    const { body: team } = await group({ name: 'Team', members: [lou.id] });
    const service = await makeService(hub);
    const account = await makeAccount(hub, service.id, { name: 'Team account', ...owned(team.id) });
    assert.deepEqual(account.owner, {
      context: 'cerberusweb.contexts.group',
      id: team.id,
      label: 'Group Team',
    });
    const bot = await hub.api('POST', '/bots', {
      name: 'Team bot',
      owner: { context: 'group', id: team.id },
    });
    assert.equal(bot.status, 201, bot.text);
    const card = `${hub.url}/connected-accounts/${account.id}`;
    const seen = await lou.browser.open(card);
    assert.equal(seen.status, 200);
    assert.match(seen.html, /The members of the group Team \(lou\), bots of the group, and admins\./);
    assert.match((await lou.browser.open(`${hub.url}/bots`)).html, /Team bot/);
    assert.match((await lou.browser.open(`${hub.url}/connected-accounts`)).html, /Team account/);
    assert.equal((await max.browser.open(card)).status, 404);
    assert.equal((await max.browser.open(`${hub.url}/bots/${bot.body.id}`)).status, 404);
    assert.doesNotMatch((await max.browser.open(`${hub.url}/connected-accounts`)).html, /Team account/);

    await hub.api('PATCH', `/groups/${team.id}`, { members: [max.id] });
    assert.equal((await lou.browser.open(card)).status, 404);
    assert.equal((await max.browser.open(card)).status, 200);
  });

  test(`${on}: the group's bot uses the group's account, a bot of the application does not`, async () => {
    const { body: team } = await group({ name: 'Bots', members: [] });
    const service = await makeService(hub);
    const account = await makeAccount(hub, service.id, { name: 'Bots account', ...owned(team.id) });
    const run = async (owner: object) => {
      const bot = await hub.api('POST', '/bots', { name: 'B', owner });
      const behavior = await hub.api('POST', '/behaviors', {
        bot_id: bot.body.id,
        title: 'Call',
        event: { key: 'event.macro.bot' },
        variables: {},
        nodes: [callWith(account.id)],
      });
      assert.equal(behavior.status, 201, behavior.text);
      return (await hub.api('POST', `/behaviors/${behavior.body.id}/run`, { variables: {} })).body;
    };
    const own = await run({ context: 'group', id: team.id });
    assert.match(own.error?.message ?? '', /is not linked/);
    const foreign = await run({ context: 'app', id: '0' });
    assert.match(foreign.error?.message ?? '', /may not use the account/);
  });

  test(`${on}: a group that owns something is not deleted, and says what`, async () => {
    const { body: team } = await group({ name: 'Owners', members: [] });
    const service = await makeService(hub);
    const account = await makeAccount(hub, service.id, { name: 'Kept', ...owned(team.id) });
    const refused = assertRefused(await hub.api('DELETE', `/groups/${team.id}`), 409, 'in_use');
    const label = { context: 'cerberusweb.contexts.connected_account', id: account.id, label: 'Kept' };
    assert.deepEqual(refused.by, [label]);
    await hub.api('PATCH', `/connected-accounts/${account.id}`, { owner: { context: 'app', id: '0' } });
    assert.equal((await hub.api('DELETE', `/groups/${team.id}`)).status, 204);
  });

  test(`${on}: an account is not given to a group that does not exist, and a role is refused by name`, async () => {
    const service = await makeService(hub);
    const fields = { name: 'A', service_id: service.id };
    const gone = await hub.api('POST', '/connected-accounts', { ...fields, ...owned('NOBODY') });
    assert.match(assertRefused(gone, 400, 'bad_request').message, /owner/);
    const role = { ...fields, owner: { context: 'cerberusweb.contexts.role', id: '1' } };
    const refused = assertRefused(await hub.api('POST', '/connected-accounts', role), 400, 'bad_request');
    assert.match(refused.message, /A role cannot own an account here/);
  });

  test(`${on}: admins make, change and delete a group by the pages, and workers have no such pages`, async () => {
    const ned = await worker('ned');
    const page = await hub.admin.open(`${hub.url}/setup/groups`);
    assert.match(page.html, /Make a group/);
    const made = await hub.admin.press(page, /Make the group/, { name: 'Night shift', members: ned.id });
    assert.match(made.html, /The group Night shift was made/);
    const saved = await hub.admin.press(made, /Save Changes/, { name: 'Day shift', members: ned.id });
    assert.match(saved.html, /<h1>Day shift<\/h1>/);
    const list = await hub.admin.open(`${hub.url}/setup/groups`);
    assert.match(list.html, /Day shift<\/a><\/th>\s*<td>ned/);
    const gone = await hub.admin.press(saved, /Delete Day shift/, {});
    assert.match(gone.html, /The group Day shift was deleted/);
    assert.equal((await ned.browser.open(`${hub.url}/setup/groups`)).status, 403);
  });
});

function callWith(accountId: string) {
  return {
    type: 'action',
    title: 'Call',
    status: 'live',
    params: {
      actions: [
        {
          action: 'core.va.action.http_request',
          http_verb: 'get',
          http_url: 'https://api.twitter.com/1.1/account/verify_credentials.json',
          http_headers: '',
          http_body: '',
          auth: 'connected_account',
          auth_connected_account_id: accountId,
          options: {},
          run_in_simulator: '1',
          response_placeholder: '_http_response',
        },
      ],
    },
  };
}
