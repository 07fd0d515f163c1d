/** The main walk without script: cards are pages, and nothing else changes. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import type { Page } from 'playwright-core';
import { fromRoot } from '../../server/root.ts';
import { signIn, type Visitor, withBrowser } from '../support/browser.ts';
import { consumer, startTestHub, type TestHub } from '../support/hub.ts';

const ownPackage = readFileSync(fromRoot('packages', 'twitter.json'), 'utf8');

withBrowser('without script', (visit) => {
  let hub: TestHub;
  let visitor: Visitor;
  let page: Page;

  before(async () => {
    hub = await startTestHub();
    visitor = await visit({ javaScriptEnabled: false });
    page = visitor.page;
    await signIn(page, hub.url);
  });
  after(() => hub.close());

  const button = (name: string) => page.getByRole('button', { name, exact: true });
  const link = (name: string) => page.getByRole('link', { name, exact: true });
  const section = (name: string) =>
    page.locator('section').filter({ has: page.getByRole('heading', { name, exact: true }) });

  test('a package is imported', async () => {
    await link('Setup').click();
    await link('Import Package').click();
    await page.getByLabel('JSON:').fill(ownPackage);
    await button('Import').click();
    await page.getByLabel('Consumer key (API key)').fill(consumer.key);
    await page.getByLabel('Consumer secret (API key secret)').fill(consumer.secret);
    await button('Import').click();
    await section('Connected Accounts').getByRole('link', { name: 'Twitter' }).waitFor();
  });

  test('its account is opened, linked and saved', async () => {
    await section('Connected Accounts').getByRole('link', { name: 'Twitter' }).click();
    await page.getByRole('heading', { name: 'Twitter' }).waitFor();
    assert.match(new URL(page.url()).pathname, /^\/connected-accounts\/[0-9A-Z]{26}$/);
    await link('Edit').click();
    await button('Link to Twitter').click();
    await button('Authorize app').click();
    await page.getByRole('heading', { name: 'Approved as @alice, not saved yet' }).waitFor();
    await button('Save Changes').click();
    await page.getByText('Linked as @alice', { exact: true }).waitFor();
  });

  test('its bot is opened, and a behavior simulated', async () => {
    await link('Bots').click();
    await page.locator('main').getByRole('link', { name: 'Twitter' }).click();
    await link('Mentions of me').click();
    await link('Simulator').click();
    await button('Simulate').click();
    await page.getByText('Done.', { exact: true }).waitFor();
    await page.getByText('GET https://api.x.com/2/users/9007199254740993/mentions').waitFor();
  });

  test('a field of another way of authenticating is out of the way', async () => {
    await link('Mentions of me').click();
    await link('Execute HTTP Request').first().click();
    await page.getByLabel('Connected Account', { exact: true }).waitFor();
    assert.equal(await page.getByLabel('Placeholder with the account').isVisible(), false);
    visitor.assertQuiet();
  });
});
