/** What a package gives to a role of Cerb: refused, or given to a group when the admin says so. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { parsePackage } from '../../server/packages/grammar.ts';
import { giveToGroup, ownedByRoles } from '../../server/packages/roles.ts';
import { command } from '../support/command.ts';
import { startTestHub, type TestHub } from '../support/hub.ts';

const role = { context: 'cerberusweb.contexts.role', id: '7' };
const app = { context: 'cerberusweb.contexts.app', id: '0' };

const owned = {
  package: { name: 'Owned by roles' },
  records: [
    {
      uid: 'service',
      _context: 'connected_service',
      name: 'Roles',
      extension_id: 'cerb.service.provider.http.basic',
      params: { base_url: 'https://api.example.com/' },
    },
    {
      uid: 'account',
      _context: 'connected_account',
      name: 'Roles',
      service_id: '{{{uid.service}}}',
      owner__context: 'role',
      owner_id: '7',
    },
  ],
  bots: [
    { uid: 'of_role', name: 'Of a role', owner: role, is_disabled: false, params: {}, behaviors: [] },
    { uid: 'of_app', name: 'Of nobody', owner: app, is_disabled: false, params: {}, behaviors: [] },
  ],
};

test('a group takes the place of roles, in both spellings of an owner, and each is told', () => {
  const parsed = parsePackage(owned);
  assert.ok(parsed.ok);
  assert.deepEqual(ownedByRoles(parsed.package), ['account', 'of_role']);
  const given = giveToGroup(parsed.package, { id: 'G1', name: 'Care' });
  assert.deepEqual(ownedByRoles(given), []);
  const fieldsOf = (uid: string) => given.items.find((item) => item.uid === uid)?.fields;
  assert.deepEqual(fieldsOf('of_role')?.owner, { context: 'cerberusweb.contexts.group', id: 'G1' });
  assert.equal(fieldsOf('account')?.owner__context, 'cerberusweb.contexts.group');
  assert.equal(fieldsOf('account')?.owner_id, 'G1');
  assert.deepEqual(fieldsOf('of_app')?.owner, app);
  assert.deepEqual(
    given.warnings.map(({ path }) => path),
    ['/records/1/owner__context', '/bots/0/owner'],
  );
  assert.match(given.warnings[0]?.message ?? '', /'account' is owned by a role; the group 'Care'/);
});

let hub: TestHub;
let groupId: string;

before(async () => {
  hub = await startTestHub();
  const { body } = await hub.api('POST', '/groups', { name: 'Care' });
  groupId = body.id;
});
after(() => hub.close());

test('without a group what a role owns is unsupported, with its path', async () => {
  const { status, body } = await hub.api('POST', '/packages/import', { package: owned });
  assert.equal(status, 422);
  assert.equal(body.error.code, 'package_unsupported');
  assert.deepEqual(
    body.error.unsupported.map(({ path }: { path: string }) => path),
    ['/records/1/owner__context', '/bots/0/owner'],
  );
});

test('a group that is not here is named before anything is written', async () => {
  const { status, body } = await hub.api('POST', '/packages/plan', { package: owned, role_group: 'Nobody' });
  assert.equal(status, 400);
  assert.match(body.error.message, /no group 'Nobody'/);
});

test('with a group, by id or name, the import gives it what roles own', async () => {
  const plan = await hub.api('POST', '/packages/plan', { package: owned, role_group: 'Care' });
  assert.deepEqual(plan.body.unsupported, []);
  const { status, body } = await hub.api('POST', '/packages/import', { package: owned, role_group: groupId });
  assert.equal(status, 201, JSON.stringify(body));
  assert.equal(
    body.warnings.filter(({ message }: { message: string }) => /owned by a role/.test(message)).length,
    2,
  );
  const accountId = body.records_created['cerberusweb.contexts.connected_account'].account.id;
  const account = await hub.api('GET', `/connected-accounts/${accountId}`);
  assert.deepEqual(account.body.owner, {
    context: 'cerberusweb.contexts.group',
    id: groupId,
    label: 'Group Care',
  });
  const bots = body.records_created['cerberusweb.contexts.bot'];
  assert.equal((await hub.api('GET', `/bots/${bots.of_role.id}`)).body.owner.id, groupId);
  assert.equal((await hub.api('GET', `/bots/${bots.of_app.id}`)).body.owner.id, '0');
});

test('the page offers the groups where a role owns something, and nowhere else', async () => {
  const page = await hub.admin.open(`${hub.url}/setup/import`);
  const plain = { ...owned, records: owned.records.slice(0, 1), bots: [] };
  const without = await hub.admin.press(page, /Import/, { package: JSON.stringify(plain), step: 'plan' });
  assert.doesNotMatch(without.html, /Records owned by a role/);
  const text = JSON.stringify({ ...owned, package: { name: 'By the page' } });
  const refused = await hub.admin.press(page, /Import/, { package: text, step: 'import' });
  assert.equal(refused.status, 422);
  assert.match(refused.html, /Records owned by a role shall belong to/);
  assert.match(refused.html, /A role cannot own an account here/);
  const button = /Import with this choice/;
  const done = await hub.admin.press(refused, button, { role_group: groupId, step: 'import' });
  assert.equal(done.status, 200);
  assert.match(done.url.pathname, /^\/setup\/imports\//);
  assert.match(done.html, /the group &#x27;Care&#x27; will own it/);
});

test('the command line names the group by --role-group', async () => {
  const file = join(hub.dataFolder, 'roles.json');
  writeFileSync(file, JSON.stringify({ ...owned, package: { name: 'By the command line' } }));
  const env = { PORT: new URL(hub.url).port, COUNTERSIGN_DATA: hub.dataFolder };
  const refused = await command(['package', 'plan', file], { env });
  assert.equal(refused.code, 1);
  assert.match(refused.err, /A role cannot own a bot here/);
  assert.equal((await command(['package', 'plan', file, '--role-group', 'Care'], { env })).code, 0);
});
