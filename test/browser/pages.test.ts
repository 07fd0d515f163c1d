/** Every page, with data in it: no axe-core violation, nothing wider than the screen, labels, a visible focus. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import type { Page } from 'playwright-core';
import { importPackage, linkAccount, type MadeRecord } from '../../server/demo/journey.ts';
import { fromRoot } from '../../server/root.ts';
import { lookOver } from '../support/axe.ts';
import { signIn, signUp, withBrowser } from '../support/browser.ts';
import { consumer, startTestHub, type TestHub } from '../support/hub.ts';

const ownPackage = readFileSync(fromRoot('packages', 'twitter.json'), 'utf8');
const answers = { prompt_client_id: consumer.key, prompt_client_secret: consumer.secret };
const longName = 'bea.with-quite-a-long-name@customers.example.com';

withBrowser('pages', (visit) => {
  let hub: TestHub;
  let page: Page;
  let stranger: Page;
  let records: MadeRecord[];

  before(async () => {
    hub = await startTestHub();
    ({ page } = await visit());
    ({ page: stranger } = await visit());
    await signIn(page, hub.url);
  });
  after(() => hub.close());

  const open = (path: string) => page.goto(`${hub.url}${path}`);
  const press = (name: string, on = page) => on.getByRole('button', { name, exact: true }).click();
  const idOf = (uid: string) => records.find((record) => record.uid === uid)?.id ?? assert.fail(uid);
  const assertFine = async (on: Page) => assert.deepEqual(await lookOver(on), []);

  test('empty pages', async () => {
    const problems: string[] = [];
    for (const path of [
      '',
      'inbox',
      'connected-accounts',
      'connected-services',
      'bots',
      'behaviors',
      'activity',
    ]) {
      await open(`/${path}`);
      problems.push(...(await lookOver(page)));
    }
    assert.deepEqual(problems, []);
  });

  test('a pasted package with faults, and one that asks', async () => {
    await open('/setup/import');
    await page.getByLabel('JSON:').fill(`Paste this: {% raw %} ${ownPackage}`);
    await press('Import');
    await press('Take it off and go on');
    await page.getByText('Where secrets go').waitFor();
    await press('Show plan');
    await page.getByRole('heading', { name: 'What importing Twitter would do' }).waitFor();
    await assertFine(page);
    await open('/setup/import');
    await page.getByLabel('JSON:').fill('{"package": {"name": "Twitter"}, "records": [{}]}');
    await press('Import');
    await page.getByText('The package has faults').waitFor();
    await assertFine(page);
  });

  test('an account that was approved and is not saved yet, and the consent before', async () => {
    const traveller = { hub: hub.hub, browser: hub.admin, say: () => {} };
    records = await importPackage(traveller, ownPackage, answers);
    await linkAccount(traveller, idOf('account_twitter'));
    await open(`/connected-accounts/${idOf('account_twitter')}/edit`);
    await press('Link again to Twitter');
    await page.getByLabel('@bob').check();
    await assertFine(page);
    await press('Authorize app');
    await page.getByText('Approved as @bob, not saved yet').waitFor();
    await page.getByText('Paste tokens instead').click();
    await assertFine(page);
    await press('Discard');
  });

  test('a signature explained, with the first difference marked', async () => {
    await open(`/connected-accounts/${idOf('account_twitter')}`);
    await page.getByRole('link', { name: 'Explain a signature' }).click();
    await page.getByLabel('URL').fill('https://api.twitter.com/2/tweets?ids=1&note=a+b');
    await page
      .getByLabel('Base string of the remote side')
      .fill('GET&https%3A%2F%2Fapi.twitter.com%2F2%2Ftweets&ids%3D2');
    await press('Explain');
    await page.getByText('They differ in the parameters, at ids.').waitFor();
    assert.equal(await page.locator('mark').count(), 2);
    await assertFine(page);
  });

  test('what a simulated behavior told', async () => {
    await open(`/behaviors/${idOf('behavior_mentions')}/simulator`);
    await press('Simulate');
    await page.getByText('Done.', { exact: true }).waitFor();
    await assertFine(page);
  });

  test('a card over the page', async () => {
    await open('/bots');
    await page.getByRole('link', { name: 'Twitter' }).first().click();
    await page.getByRole('dialog', { name: 'Twitter' }).getByText('Mentions of me').waitFor();
    await assertFine(page);
  });

  test('new secrets that are shown once', async () => {
    await open('/setup/api-keys');
    await page.getByLabel('Name').fill('Billing');
    await page.getByLabel('Twitter').check();
    await press('Create');
    await page.getByText('it is not shown again').waitFor();
    await assertFine(page);
    await open('/setup/workers');
    await page.getByLabel('E-mail address').fill(longName);
    await press('Add');
    await page.getByText('It is shown once').waitFor();
    await assertFine(page);
  });

  test('every page that a link of an admin leads to', async () => {
    const { seen, problems } = await walkLinks(page, hub.url);
    assert.deepEqual(problems, []);
    const expected = [
      '/',
      '/activity',
      '/activity/:id',
      '/activity/:id/signature',
      '/behaviors',
      '/behaviors/:id',
      '/behaviors/:id/edit',
      '/behaviors/:id/nodes/:place',
      '/behaviors/:id/runs',
      '/behaviors/:id/simulator',
      '/behaviors/:id/tree',
      '/behaviors/:id/tree/:place',
      '/behaviors/:id/tree/new',
      '/behaviors/import',
      '/behaviors/new',
      '/bots',
      '/bots/:id',
      '/bots/:id/channels',
      '/bots/:id/edit',
      '/bots/new',
      '/connected-accounts',
      '/connected-accounts/:id',
      '/connected-accounts/:id/delete',
      '/connected-accounts/:id/edit',
      '/connected-accounts/:id/explain',
      '/connected-accounts/new',
      '/connected-services',
      '/connected-services/:id',
      '/connected-services/:id/delete',
      '/connected-services/:id/edit',
      '/connected-services/new',
      '/inbox',
      '/profile',
      '/runs',
      '/runs/:id',
      '/setup',
      '/setup/api-keys',
      '/setup/import',
      '/setup/imports/:id',
      '/setup/imports/:id/undo',
      '/setup/packages',
      '/setup/packages/twitter',
      '/setup/packages/twitter-bot',
      '/setup/settings',
      '/setup/workers',
      '/setup/workers/:id',
      '/webhook-listeners',
    ];
    const missed = expected.filter((kind) => !seen.has(kind));
    assert.deepEqual(missed, [], 'no page of these is without a link to it');
  });

  test('what somebody sees who is not signed in', async () => {
    const { body } = await hub.api('POST', `/connected-accounts/${idOf('account_twitter')}/link`, {});
    const problems: string[] = [];
    for (const address of [
      `${hub.url}/sign-in`,
      `${hub.url}/nowhere`,
      `${hub.url}/oauth/callback`,
      body.url,
      hub.sandbox.origin,
    ]) {
      await stranger.goto(address);
      problems.push(...(await lookOver(stranger)));
    }
    await stranger.goto(body.url);
    await press('Continue to Twitter', stranger);
    await press('Cancel', stranger);
    await stranger.getByRole('heading', { name: 'Consent was refused' }).waitFor();
    problems.push(...(await lookOver(stranger)));
    assert.deepEqual(problems, []);
  });

  test('every page that a link of a worker leads to, none of which is refused', async () => {
    const address = await hub.hub.addWorker({ email: 'bea@example.com', isAdmin: false });
    await stranger.goto(address);
    await assertFine(stranger);
    await signUp(stranger, address, 'Bea Worker');
    const { problems } = await walkLinks(stranger, hub.url);
    assert.deepEqual(problems, []);
  });
});

/** Follows links until no page of a new kind turns up, and looks each kind over. */
async function walkLinks(page: Page, origin: string): Promise<{ seen: Set<string>; problems: string[] }> {
  const seen = new Set<string>();
  const problems: string[] = [];
  const waiting = [`${origin}/`];
  for (let address = waiting.shift(); address !== undefined; address = waiting.shift()) {
    const kind = kindOf(address);
    if (seen.has(kind)) continue;
    seen.add(kind);
    const answer = await page.goto(address);
    if (answer?.status() !== 200) problems.push(`${kind} answers ${answer?.status()}`);
    problems.push(...(await lookOver(page)));
    const links = await page.evaluate<string[]>('Array.from(document.links, ({ href }) => href)');
    waiting.push(...links.filter((link) => new URL(link).origin === origin));
  }
  return { seen, problems };
}

function kindOf(address: string): string {
  return new URL(address).pathname
    .replace(/[0-9A-Z]{26}/g, ':id')
    .replace(/\/(nodes|tree)\/[\d.]+/, '/$1/:place');
}
