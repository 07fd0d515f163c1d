/** The keys of a service on its card, from the first to the next and back to one; the form with all that is advanced. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Page } from 'playwright-core';
import { lookOver } from '../support/axe.ts';
import { signIn, type Visitor, withBrowser } from '../support/browser.ts';
import { startTestHub, type TestHub } from '../support/hub.ts';

const service = {
  name: 'Tracker',
  extension_id: 'cerb.service.provider.oauth1',
  params: {
    client_id: 'helpdesk',
    legs: 'two',
    signature_method: 'RSA-SHA1',
    notes: 'The tracker takes one key at a time.',
    steps: ['Make a key here.', 'Add it to the application link.'],
  },
  allowed_hosts: ['tracker.example.com'],
};

withBrowser('keys of a service', (visit) => {
  let hub: TestHub;
  let visitor: Visitor;
  let page: Page;
  let card: string;

  before(async () => {
    hub = await startTestHub();
    visitor = await visit();
    page = visitor.page;
    await signIn(page, hub.url);
    const { body } = await hub.api('POST', '/connected-services', service);
    card = `${hub.url}/connected-services/${body.id}`;
  });
  after(() => hub.close());

  const press = (name: string) => page.getByRole('button', { name: new RegExp(`^${name}\\b`) }).click();
  const badges = () => page.locator('#keys .badge').allTextContents();
  const assertFine = async () => assert.deepEqual(await lookOver(page), []);

  test('a service without a key says what to do, and makes one', async () => {
    await page.goto(card);
    await page.getByText('has none yet').waitFor();
    await page.getByText('Add it to the application link.').waitFor();
    await assertFine();
    await press('Make a key');
    await page.getByText('The key was made.').waitFor();
    assert.deepEqual(await badges(), ['Signs']);
    assert.match(
      (await page.getByRole('region', { name: 'Public key of' }).textContent()) ?? '',
      /^-----BEGIN PUBLIC KEY/,
    );
    await assertFine();
  });

  test('a pasted key that is none is told at its field', async () => {
    await page.getByText('Paste a private key instead').click();
    await page.getByLabel('Private key').fill('-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----');
    await press('Store the key');
    await page.getByText('This is the public key or a certificate').waitFor();
    assert.equal(await page.getByLabel('Private key').inputValue(), '');
    await assertFine();
  });

  test('the next key is made, signs, and the old one goes', async () => {
    await press('Make the next key');
    await page.getByText('The key was made.').waitFor();
    assert.deepEqual(await badges(), ['Signs', 'Next']);
    await press('Sign with this key');
    await page.getByText('Requests are signed with this key now.').waitFor();
    assert.deepEqual(await badges(), ['Old', 'Signs']);
    await assertFine();
    await press('Retire');
    await page.getByText('The key was deleted.').waitFor();
    assert.deepEqual(await badges(), ['Signs']);
  });

  test('what is advanced stays closed on a new service and is open where it holds something', async () => {
    await page.goto(`${hub.url}/connected-services/new`);
    assert.equal(await page.getByLabel('Realm').isVisible(), false);
    await page.getByText('Advanced', { exact: true }).click();
    assert.equal(await page.getByLabel('Realm').isVisible(), true);
    await assertFine();
    await page.goto(`${card}/edit`);
    assert.equal(await page.getByLabel('Legs').inputValue(), 'two');
    await assertFine();
    visitor.assertQuiet(/400/);
  });
});
