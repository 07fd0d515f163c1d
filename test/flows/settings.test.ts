/** Settings: brought by a package, changed on their page, shown where a remote site asks for them. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { assertRefused } from '../support/contract.ts';
import { withDatabases } from '../support/databases.ts';
import { startTestHub, type TestHub } from '../support/hub.ts';

const packageWith = (settings: object, name = 'Facts') => ({ package: { name }, settings });

withDatabases((database) => {
  const on = database.name;
  let hub: TestHub;
  let importId: string;
  before(async () => {
    hub = await startTestHub({ database: await database.create() });
  });
  after(() => hub.close());

  test(`${on}: a package's settings are stored, and offered where a remote site asks for them`, async () => {
    const made = await hub.api('POST', '/packages/import', {
      package: packageWith({ countersign: { app_name: 'Birds & Co', app_website: 'https://birds.example' } }),
    });
    assert.equal(made.status, 201, made.text);
    importId = made.body.import_id;
    const created = made.body.records_created['countersign.contexts.setting'];
    assert.deepEqual(Object.keys(created), ['setting:app_name', 'setting:app_website']);
    const page = await hub.admin.open(`${hub.url}/setup/import`);
    assert.match(page.html, /Birds &amp; Co/);
    assert.match(page.html, /https:\/\/birds\.example/);
  });

  test(`${on}: settings of Cerb's plugins cannot be stored, each by its name; the rest can`, async () => {
    const foreign = packageWith({ 'cerberusweb.core': { helpdesk_title: 'X', more: 1 } }, 'Foreign');
    const error = assertRefused(
      await hub.api('POST', '/packages/import', { package: foreign }),
      422,
      'package_unsupported',
    );
    assert.deepEqual(
      error.unsupported.map((one: { path: string }) => one.path),
      ['/settings/cerberusweb.core/helpdesk_title', '/settings/cerberusweb.core/more'],
    );
  });

  test(`${on}: a setting that has a value here is no package's to overwrite unasked`, async () => {
    const again = packageWith({ countersign: { app_name: 'Others' } }, 'Other');
    const error = assertRefused(
      await hub.api('POST', '/packages/plan', { package: again }),
      422,
      'package_invalid',
    );
    assert.equal(error.faults[0].path, '/settings/countersign/app_name');
  });

  test(`${on}: the page changes them, says what is wrong beside the field, and empties them`, async () => {
    const page = await hub.admin.open(`${hub.url}/setup/settings`);
    assert.match(page.html, /value="Birds &amp; Co"/);
    const wrong = await hub.admin.press(page, /Save Changes/, { app_website: 'nowhere' });
    assert.match(wrong.html, /is an address such as/);
    const saved = await hub.admin.press(wrong, /Save Changes/, { app_website: '', app_name: 'Our birds' });
    assert.match(saved.html, /The settings were saved/);
    assert.match(saved.html, /value="Our birds"/);
  });

  test(`${on}: an update keeps what was set here, and undoing takes away what the import set`, async () => {
    const text = packageWith({ countersign: { app_name: 'Birds & Co' } });
    const plan = await hub.api('POST', '/packages/plan', { package: text, mode: 'update' });
    assert.equal(plan.body.records[0].action, 'keep');
    const undone = await hub.api('POST', `/imports/${importId}/undo`, {});
    assert.deepEqual(
      undone.body.removed.map((one: { label: string }) => one.label),
      ['app_name'],
    );
  });
});
