/** The sandbox's pages for services other than Twitter, in a browser: consent, PIN, a shop's keys, and what is played. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { lookOver } from '../support/axe.ts';
import { withBrowser } from '../support/browser.ts';
import { startService } from '../support/sandbox-service.ts';

withBrowser("the sandbox's pages of a profile", (visit) => {
  let service: Awaited<ReturnType<typeof startService>>;
  before(async () => {
    service = await startService({
      title: 'Pretend Shop',
      isPushed: true,
      realm: 'Shop',
      endpoints: [
        { of: 'request', methods: ['POST'], target: '/index.php?title=Special:OAuth/initiate' },
        { of: 'authorize', methods: ['GET', 'POST'], target: '/index.php?title=Special:OAuth/authorize' },
        { of: 'access', methods: ['POST'], target: '/index.php?title=Special:OAuth/token' },
      ],
    });
  });
  after(() => service.close());

  test('a person consents under an address that consists of its query, and reads a PIN', async () => {
    const visitor = await visit();
    const { page } = visitor;
    const request = await service.askRequest({ realm: 'Shop', extra: { oauth_callback: 'oob' } });
    const consent = '/index.php?title=Special:OAuth/authorize&scope=read&oauth_token=';
    await page.goto(`${service.origin}${consent}${request.token}`);
    await page.getByText('The sandbox plays Pretend Shop.').waitFor();
    await page.getByText('scope: read').waitFor();
    assert.deepEqual(await lookOver(page), []);
    await page.getByLabel('Bob Example').check();
    await page.getByRole('button', { name: 'Authorize app' }).click();
    const pin = (await page.locator('.pin').textContent()) ?? '';
    assert.deepEqual(await lookOver(page), []);
    const access = await service.askAccess(request, pin.trim(), { realm: 'Shop' });
    assert.equal(access.answer.status, 200);
    assert.equal(service.last()?.authenticated?.user, 'bob');
    visitor.assertQuiet();
  });

  test('a shop sends its keys from a page, which says when nobody takes them', async () => {
    const visitor = await visit();
    const { page } = visitor;
    await page.goto(service.origin);
    await page.getByRole('heading', { name: 'Sandbox, playing Pretend Shop' }).waitFor();
    assert.deepEqual(await lookOver(page), []);
    await page.getByRole('link', { name: 'Activate an app' }).click();
    assert.deepEqual(await lookOver(page), []);
    await page.getByLabel('Address that the app gave').fill('http://127.0.0.1:1/push');
    await page.getByRole('button', { name: 'Activate' }).click();
    await page.getByRole('alert').filter({ hasText: 'The app did not take the keys' }).waitFor();
    assert.deepEqual(await lookOver(page), []);
    visitor.assertQuiet();
  });
});
