/** Entering a PIN in a browser: consent in a tab of its own, a closed tab, a wrong PIN; and a store's address. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Page } from 'playwright-core';
import { plain } from '../../server/sandbox/profile.ts';
import { type RunningSandbox, startSandbox } from '../../server/sandbox/start.ts';
import { lookOver } from '../support/axe.ts';
import { signIn, type Visitor, withBrowser } from '../support/browser.ts';
import { makeAccount, makeService } from '../support/contract.ts';
import { consumer, startTestHub, type TestHub } from '../support/hub.ts';

const origin = 'https://pins.example';
const urls = {
  request_token_url: `${origin}/oauth/request_token`,
  authentication_url: `${origin}/oauth/authorize`,
  access_token_url: `${origin}/oauth/access_token`,
};

const identity = { url: `${origin}/me`, id: 'id', name: 'name' };

withBrowser('PINs', (visit) => {
  let sandbox: RunningSandbox;
  let hub: TestHub;
  let visitor: Visitor;
  let page: Page;
  let accountPath: string;

  before(async () => {
    sandbox = await startSandbox({
      port: 0,
      publicOrigins: [origin],
      profile: { ...plain, name: 'pins', title: 'Pins' },
      consumer,
      callbacks: [],
    });
    hub = await startTestHub({ env: { COUNTERSIGN_CONNECT_TO: `${origin}=${sandbox.origin}` } });
    const service = await makeService(hub, { name: 'Pins' }, { ...urls, callback: 'oob', identity });
    const account = await makeAccount(hub, service.id, { name: 'Our Pins' });
    accountPath = `/connected-accounts/${account.id}`;
    visitor = await visit();
    page = visitor.page;
    await signIn(page, hub.url);
  });
  after(async () => {
    await hub.close();
    await sandbox.close();
  });

  const press = (name: string) => page.getByRole('button', { name, exact: true }).click();

  test('the PIN is shown in a tab of its own, and is entered in the one that stayed', async () => {
    await page.goto(`${hub.url}${accountPath}/edit`);
    await press('Link to Pins');
    await page.getByRole('heading', { name: 'Enter the PIN for Our Pins' }).waitFor();
    assert.deepEqual(await lookOver(page), []);
    const opening = page.context().waitForEvent('page');
    await page.getByRole('link', { name: 'Open Pins' }).click();
    const consent = await opening;
    assert.equal(await consent.evaluate('window.opener'), null, 'the remote site cannot steer this tab');
    await consent.getByLabel('@alice').check();
    await consent.getByRole('button', { name: 'Authorize app' }).click();
    const pin = (await consent.locator('.pin code').textContent()) ?? '';

    await page.getByLabel('PIN').fill('000');
    await press('Link Our Pins');
    await page.getByText('4 tries are left.').waitFor();
    assert.equal(await page.getByLabel('PIN').getAttribute('aria-invalid'), 'true');
    assert.deepEqual(await lookOver(page), []);

    await page.goto(`${hub.url}${accountPath}`);
    await page.getByRole('link', { name: 'Enter the PIN' }).click();
    await page.getByLabel('PIN').fill(pin);
    await press('Link Our Pins');
    await page.getByRole('heading', { name: 'Approved as @alice, not saved yet' }).waitFor();
    await press('Save Changes');
    await page.getByText('Linked as @alice. The changes were saved.').waitFor();
  });

  test('an admin is shown the two addresses that a store asks for', async () => {
    const service = await makeService(hub, { name: 'Shop' }, { ...urls, handshake: 'push' });
    const account = await makeAccount(hub, service.id, { name: 'Our shop' });
    await page.goto(`${hub.url}/connected-accounts/${account.id}/edit`);
    await press('Make a one-time address');
    await page.getByRole('heading', { name: 'A one-time address' }).waitFor();
    await page.getByText(`${hub.url}/hooks/push/`).waitFor();
    await page.getByText(`${hub.url}/link/push/`).waitFor();
    assert.deepEqual(await lookOver(page), []);
    visitor.assertQuiet(/422/);
  });
});
