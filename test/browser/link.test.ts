/** Linking in a browser: tabs that do not mix, second thoughts, missing rights, and where forms may lead. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import type { Page } from 'playwright-core';
import { importPackage } from '../../server/demo/journey.ts';
import { fromRoot } from '../../server/root.ts';
import { signIn, signUp, type Visitor, withBrowser } from '../support/browser.ts';
import { consumer, startTestHub, type TestHub } from '../support/hub.ts';

const ownPackage = readFileSync(fromRoot('packages', 'twitter.json'), 'utf8');
const answers = { prompt_client_id: consumer.key, prompt_client_secret: consumer.secret };

withBrowser('linking', (visit) => {
  let hub: TestHub;
  let visitor: Visitor;
  let page: Page;
  let editPath: string;

  before(async () => {
    hub = await startTestHub();
    const traveller = { hub: hub.hub, browser: hub.admin, say: () => {} };
    const records = await importPackage(traveller, ownPackage, answers);
    const account = records.find(({ uid }) => uid === 'account_twitter') ?? assert.fail('no account');
    editPath = `/connected-accounts/${account.id}/edit`;
    visitor = await visit();
    page = visitor.page;
    await signIn(page, hub.url);
  });
  after(() => hub.close());

  const press = (on: Page, name: string) => on.getByRole('button', { name, exact: true }).click();
  const approved = (on: Page, name: string) =>
    on.getByRole('heading', { name: `Approved as ${name}, not saved yet` }).waitFor();
  const beginIn = async (tab: Page) => {
    await tab.goto(`${hub.url}${editPath}`);
    await press(tab, 'Link to Twitter');
  };
  const consentAs = async (tab: Page, name: string) => {
    await tab.getByLabel(name).check();
    await press(tab, 'Authorize app');
    await approved(tab, name);
  };

  test('consent that was cancelled leads to a page that says nothing changed', async () => {
    await beginIn(page);
    await press(page, 'Cancel');
    await page.getByRole('heading', { name: 'Consent was refused' }).waitFor();
    await page.getByText("Nothing was changed: the account 'Twitter' stays as it was.").waitFor();
    await page.getByRole('link', { name: 'Back to the account' }).click();
    await page.getByRole('heading', { name: 'Not linked yet' }).waitFor();
  });

  test('a discarded approval leaves the account as it was', async () => {
    await beginIn(page);
    await consentAs(page, '@alice');
    await press(page, 'Discard');
    await page.getByText('The approval was discarded. Nothing was changed.').waitFor();
    await page.getByRole('heading', { name: 'Not linked yet' }).waitFor();
    visitor.assertQuiet();
  });

  test('of two tabs that link one account the later one counts, and the earlier one is told', async () => {
    const later = await visitor.newTab();
    await beginIn(page);
    await beginIn(later);
    await page.getByLabel('@bob').check();
    await press(page, 'Authorize app');
    await page.getByText('This link was replaced by a newer one').waitFor();
    await consentAs(later, '@alice');
    await press(later, 'Save Changes');
    await later.getByText('Linked as @alice', { exact: true }).waitFor();
    await later.close();
    visitor.assertQuiet(/409 \(Conflict\)/);
  });

  test('another identity is saved only with a tick', async () => {
    await page.goto(`${hub.url}${editPath}`);
    await press(page, 'Link again to Twitter');
    await consentAs(page, '@bob');
    await press(page, 'Save Changes');
    await page.getByText('Tick this to agree').waitFor();
    await page.getByLabel('The account may change its identity').check();
    await press(page, 'Save Changes');
    await page.getByText('Linked as @bob', { exact: true }).waitFor();
  });

  test('only a page with a Link button lets its forms lead to the remote side', async () => {
    assert.equal(await formActions(page, editPath), `'self' ${hub.sandbox.origin}`);
    for (const path of [
      '/',
      '/sign-in',
      '/connected-accounts',
      editPath.replace('/edit', ''),
      '/setup/import',
    ]) {
      assert.equal(await formActions(page, path), "'self'", path);
    }
  });

  test('who may not use the account sees the button disabled, with the reason', async () => {
    const { page: workers } = await visit();
    await signUp(
      workers,
      await hub.hub.addWorker({ email: 'bea@example.com', isAdmin: false }),
      'Bea Worker',
    );
    assert.equal(await formActions(workers, editPath), "'self'");
    const button = workers.getByRole('button', { name: 'Link again to Twitter' });
    assert.equal(await button.isDisabled(), true);
    const reason = workers.locator(`#${await button.getAttribute('aria-describedby')}`);
    assert.match((await reason.textContent()) ?? '', /belongs to the application: only admins may use it/);
    assert.equal(await workers.getByRole('button', { name: 'Save Changes' }).count(), 0);
  });

  async function formActions(on: Page, path: string): Promise<string | undefined> {
    const answer = await on.goto(`${hub.url}${path}`);
    const policy = answer?.headers()['content-security-policy'] ?? '';
    return /form-action ([^;]*)/.exec(policy)?.[1];
  }
});
