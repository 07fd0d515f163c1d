/** The user's guide, word by word, in a browser: from the printed address to a simulated request. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Locator, Page } from 'playwright-core';
import { type Visitor, withBrowser } from '../support/browser.ts';
import { consumer, password, startTestHub, type TestHub } from '../support/hub.ts';

const givenPackage = readFileSync(
  join(import.meta.dirname, '../support/packages/twitter-service.json'),
  'utf8',
);

withBrowser("the user's guide", (visit) => {
  let hub: TestHub;
  let visitor: Visitor;
  let page: Page;

  before(async () => {
    hub = await startTestHub({ hasAdmin: false });
    visitor = await visit();
    page = visitor.page;
  });
  after(() => hub.close());

  const button = (name: string) => page.getByRole('button', { name, exact: true });
  const link = (name: string, within: Locator | Page = page) =>
    within.getByRole('link', { name, exact: true });
  const simulate = async () => {
    await page.getByLabel('username').fill('alice');
    await button('Simulate').click();
    await page.getByRole('heading', { name: 'Transcript' }).waitFor();
  };
  const section = (name: string) =>
    page.locator('section').filter({ has: page.getByRole('heading', { name, exact: true }) });

  test('the first admin signs up at the printed address', async () => {
    await page.goto((await hub.hub.setupAddress()) ?? '');
    await page.getByLabel('E-mail address').fill('ada@example.com');
    await page.getByLabel('Your name').fill('Ada Admin');
    await page.getByLabel('Password *').fill(password);
    await page.getByLabel('The same password again').fill(password);
    await button('Save and sign in').click();
    await page.getByRole('heading', { name: 'Start' }).waitFor();
  });

  test('Setup > Configure > Import Package: paste, Import, enter client id and secret, Import', async () => {
    await link('Setup').click();
    await page.getByRole('heading', { name: 'Configure' }).waitFor();
    await link('Import Package').click();
    await page.getByLabel('JSON:').fill(givenPackage);
    await button('Import').click();
    await page.getByLabel("The app's id").fill(consumer.key);
    const secret = page.getByLabel("The app's secret");
    assert.equal(await secret.getAttribute('type'), 'password');
    await secret.fill(consumer.secret);
    await button('Import').click();
    await page.getByText('The following records were created').waitFor();
    await section('Connected Services').getByRole('link', { name: 'Twitter' }).waitFor();
  });

  test('the Twitter bubble opens its card, Edit leads to the blue Link to Twitter button', async () => {
    await section('Connected Accounts').getByRole('link', { name: 'Twitter' }).click();
    const card = page.getByRole('dialog', { name: 'Twitter' });
    await card.getByText('Not linked').waitFor();
    await link('Edit', card).click();
    await button('Link to Twitter').waitFor();
    const colour = await page.evaluate<string>(
      `getComputedStyle(document.querySelector('form[action$="/link"] button')).backgroundColor`,
    );
    const [red = 0, green = 0, blue = 0] = (colour.match(/\d+/g) ?? []).map(Number);
    assert.ok(blue > 150 && blue - red > 80 && blue - green > 60, `${colour} is blue`);
  });

  test('pressing it leads to consent, and back to what was approved and is not saved yet', async () => {
    await button('Link to Twitter').click();
    await page.waitForURL(`${hub.sandbox.origin}/oauth/authenticate?*`);
    await page.getByLabel('@alice').check();
    await button('Authorize app').click();
    await page.getByRole('heading', { name: 'Approved as @alice, not saved yet' }).waitFor();
    assert.equal(new URL(page.url()).search, '', 'the verifier is not in the address');
    await page.getByText('Not linked', { exact: true }).waitFor();
  });

  test('Save Changes links the account', async () => {
    await button('Save Changes').click();
    await page.getByText('Linked as @alice', { exact: true }).waitFor();
  });

  test('the Twitter Bot package of the library brings a bot for this account', async () => {
    await link('Setup').click();
    await link('Packages').click();
    await link('Twitter Bot').click();
    await page.getByLabel('Twitter account').selectOption({ label: 'Twitter' });
    await button('Create').click();
    await section('Bots').getByRole('link', { name: 'Twitter' }).waitFor();
  });

  test('its bot opens as a card, a behavior in it, and from there the Simulator', async () => {
    await section('Bots').getByRole('link', { name: 'Twitter' }).click();
    await link('Look up a user', page.getByRole('dialog', { name: 'Twitter' })).click();
    const card = page.getByRole('dialog', { name: 'Look up a user' });
    await card.getByText('GET https://api.x.com/2/users/by/username/{{var_username|url_encode}}').waitFor();
    await link('Simulator', card).click();
    await page.getByRole('heading', { name: 'Simulate: Look up a user' }).waitFor();
  });

  test('a host that the service does not list is refused by name, and an admin allows it with one press', async () => {
    await simulate();
    await page.getByText("Service 'Twitter' does not allow the host api.x.com").first().waitFor();
    await button('Allow api.x.com').click();
    await page.getByText('api.x.com is an allowed host now.').waitFor();
  });

  test('the simulator shows the transcript with request and response', async () => {
    await simulate();
    await page.getByText('Done.', { exact: true }).waitFor();
    const transcript = page.getByRole('list').filter({ hasText: 'Sending HTTP request' });
    const told = (await transcript.textContent()) ?? '';
    assert.match(told, /GET https:\/\/api\.x\.com\/2\/users\/by\/username\/alice/);
    assert.match(told, /Authenticating with Twitter/);
    assert.match(told, /HTTP 200/);
    assert.match(told, /"id":"9007199254740993"/);
  });

  test('Execute HTTP Request is edited, with Authentication to choose', async () => {
    await page.locator('main').getByRole('link', { name: 'Look up a user', exact: true }).click();
    await link('Execute HTTP Request').click();
    const authentication = page.getByLabel('Authentication:');
    assert.deepEqual(await authentication.locator('option').allInnerTexts(), [
      'None',
      'Connected Account',
      'Placeholder',
    ]);
    const account = page.getByLabel('Connected Account', { exact: true });
    const placeholder = page.getByLabel('Placeholder with the account');
    assert.equal(await account.locator('option:checked').textContent(), 'Twitter');
    await authentication.selectOption('Placeholder');
    await placeholder.fill('{{var_account}}');
    await account.waitFor({ state: 'hidden' });
    await authentication.selectOption('None');
    await placeholder.waitFor({ state: 'hidden' });
    await authentication.selectOption('Connected Account');
    await page.getByLabel('URL').fill('https://api.x.com/2/users/me?who={{var_username|url_encode}}');
    await button('Save Changes').click();
    await page.getByText('The action was saved.').waitFor();
    await link('Simulator').click();
    await simulate();
    await page.getByText('GET https://api.x.com/2/users/me?who=alice').waitFor();
    await page.getByText('Done.', { exact: true }).waitFor();
  });

  test('all the way the console stayed empty, and the sandbox saw no cookie of the hub', () => {
    visitor.assertQuiet();
    const seen = hub.sandbox.journal.entries().flatMap(({ cookieNames }) => cookieNames);
    assert.deepEqual(
      seen.filter((name) => name.includes('countersign')),
      [],
    );
  });
});
