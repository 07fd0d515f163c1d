/** The pages of updating and undoing imports, in a whole hub. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { withDatabases } from '../support/databases.ts';
import { startTestHub, type TestHub } from '../support/hub.ts';
import { birdPackage } from '../support/updates.ts';

withDatabases((database) => {
  const on = database.name;
  let hub: TestHub;
  let importId: string;
  let created: Record<string, Record<string, { id: string }>>;
  before(async () => {
    hub = await startTestHub({ database: await database.create() });
    const prompts = { key: 'k', secret: 'planted-secret' };
    const { body } = await hub.api('POST', '/packages/import', { package: birdPackage('Birds'), prompts });
    importId = body.import_id;
    created = body.records_created;
  });
  after(() => hub.close());

  const idOf = (context: string, uid: string) => created[`cerberusweb.contexts.${context}`]?.[uid]?.id ?? '';
  const send = async (fields: Record<string, string>, path = '/setup/import') => {
    const page = await hub.admin.open(`${hub.url}${path}`);
    return hub.admin.press(page, fields.button ? new RegExp(fields.button) : /^Import$/, fields);
  };
  const text = birdPackage('Birds', { name: 'Birds of theirs', title: 'Look up' });

  test(`${on}: a package imported before offers to update in place, and shows every field first`, async () => {
    await hub.api('PATCH', `/connected-services/${idOf('connected_service', 'service')}`, {
      name: 'Our birds',
    });
    const offered = await send({ package: text });
    assert.match(offered.html, /Update in place/);
    assert.match(offered.html, /Import a new copy/);
    const shown = await hub.admin.press(offered, /Update in place/, {});
    assert.match(shown.html, /What updating Birds would do/);
    assert.match(shown.html, /keeps what was changed here/);
    assert.match(shown.html, /Our birds[^<]*<span class="badge badge-warn">changed here/);
    assert.match(shown.html, /name="overwrite" type="checkbox" value="service\/name"/);
    assert.match(shown.html, /leave it empty to keep the one that is stored/);
    assert.doesNotMatch(shown.html, /planted-secret/);
    const done = await hub.admin.press(shown, /^Update$/, {});
    assert.match(done.html, /The following records were modified/);
    const service = await hub.api('GET', `/connected-services/${idOf('connected_service', 'service')}`);
    assert.equal(service.body.name, 'Our birds');
    const behavior = await hub.api('GET', `/behaviors/${idOf('behavior', 'behavior')}`);
    assert.equal(behavior.body.title, 'Look up');
  });

  test(`${on}: a local edit gives way when its box is ticked`, async () => {
    const offered = await send({ package: text });
    const shown = await hub.admin.press(offered, /Update in place/, {});
    await hub.admin.press(shown, /^Update$/, { overwrite: 'service/name' });
    const service = await hub.api('GET', `/connected-services/${idOf('connected_service', 'service')}`);
    assert.equal(service.body.name, 'Birds of theirs');
  });

  test(`${on}: undoing shows what goes and what stays, asks for linked accounts, and marks the import`, async () => {
    const account = idOf('connected_account', 'account');
    await hub.api('PUT', `/connected-accounts/${account}/credentials?force=1`, {
      oauth_token: 'planted-token',
      oauth_token_secret: 'planted-token-secret',
    });
    const result = await hub.admin.open(`${hub.url}/setup/imports/${importId}`);
    assert.match(result.html, /href="\/setup\/imports\/\w+\/undo"/);
    const ask = await hub.admin.open(`${hub.url}/setup/imports/${importId}/undo`);
    assert.match(ask.html, /Linked accounts stay, unless they are ticked/);
    assert.match(ask.html, new RegExp(`name="account" type="checkbox" value="${account}"`));
    assert.match(ask.html, /It is in use by/);
    const partly = await hub.admin.press(ask, /Undo the import/, {});
    assert.match(partly.html, /2 removed\. 2 stayed\./);
    assert.match(partly.html, /Undone by Ada Admin/);
    const again = await hub.admin.open(`${hub.url}/setup/imports/${importId}/undo`);
    const wholly = await hub.admin.press(again, /Undo the import/, { account });
    assert.match(wholly.html, /2 removed\./);
    assert.match(wholly.html, /and removed since/);
    const list = await hub.admin.open(`${hub.url}/setup/packages`);
    assert.match(list.html, /<span class="badge">undone<\/span>/);
    assert.match(list.html, /<span class="badge badge-info">update<\/span>/);
  });

  test(`${on}: what requires a plugin that is not here can be imported without it`, async () => {
    const wanting = JSON.parse(birdPackage('Boards'));
    wanting.package.requires = { plugins: ['cerb.project_boards'] };
    wanting.package.configure.prompts = [];
    const refused = await send({ package: JSON.stringify(wanting) });
    assert.match(refused.html, /cerb\.project_boards/);
    const done = await hub.admin.press(refused, /Import the supported part/, {});
    assert.match(done.html, /The following records were created/);
    assert.match(done.html, /Left out: The package requires the plugin/);
  });
});
