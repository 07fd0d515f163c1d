/** Conversations in a browser: without loading the page anew, by keyboard, said to screen readers, framed by listed sites. */
import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import { after, before, test } from 'node:test';
import type { Page } from 'playwright-core';
import { lookOver } from '../support/axe.ts';
import { signIn, type Visitor, withBrowser } from '../support/browser.ts';
import { act, makeTalks, say, type Talks } from '../support/chats.ts';
import { startTestHub, type TestHub } from '../support/hub.ts';
import { freePort } from '../support/mariadb.ts';

withBrowser('conversations with bots', (visit) => {
  let hub: TestHub;
  let talks: Talks;
  let visitor: Visitor;
  let page: Page;
  let address = '';
  let site: Server;
  let port = 0;

  before(async () => {
    hub = await startTestHub();
    talks = await makeTalks(hub);
    visitor = await visit();
    page = visitor.page;
    await signIn(page, hub.url);
    port = await freePort();
    site = createServer((_request, response) => {
      response.setHeader('Content-Type', 'text/html');
      response.end(`<!doctype html><title>A shop</title><iframe src="${address}" title="Help"></iframe>`);
    }).listen(port, '127.0.0.1');
  });
  after(async () => {
    site.close();
    await hub.close();
  });

  const assertFine = async (over: Page = page) => {
    assert.deepEqual(await lookOver(over), []);
    await over.setViewportSize({ width: 1200, height: 800 });
  };

  test('a worker begins a conversation on the Chat tab, and goes on without leaving its page', async () => {
    const rich = 'Pick **one**:\n\n* [a link](https://a.example/)\n* `code`\n\n```\nlong line '.concat(
      'x'.repeat(200),
      '\n```',
    );
    await talks.behavior(
      [
        act('Ask', say(rich, 'markdown'), { action: 'prompt_buttons', options: 'Tea\nCoffee' }),
        act('Wait', say('One moment'), { action: 'prompt_wait' }),
        act('Name', { ...say('Your name?'), delay_ms: '300' }, { action: 'prompt_text', placeholder: 'Ana' }),
        act('Bye', say('{{message}}, bye'), { action: 'window_close' }),
      ],
      { title: 'Order a drink' },
    );
    await page.goto(`${hub.url}/bots/${talks.botId}/chat`);
    await assertFine();
    await page.getByRole('button', { name: 'Start Order a drink' }).click();
    await page.getByRole('heading', { name: 'Order a drink' }).waitFor();
    await assertFine();
    await page.evaluate('window.kept = true');
    await page.getByRole('button', { name: 'Tea', exact: true }).focus();
    await page.keyboard.press('Enter');
    const box = page.getByLabel('Message to Otto');
    await box.waitFor();
    assert.equal(await box.evaluate((element) => element === element.ownerDocument.activeElement), true);
    await assertFine();
    await box.focus();
    await page.keyboard.type('Bo');
    await page.keyboard.press('Enter');
    await page.getByText('Bo, bye', { exact: true }).waitFor();
    await page.getByText('This conversation is over.').waitFor();
    assert.equal(await page.evaluate('window.kept'), true);
    assert.match((await page.locator('[data-announcer]').textContent()) ?? '', /Otto: Bo, bye/);
    await assertFine();
    visitor.assertQuiet();
  });

  test('a conversation is there again after the page was loaded anew', async () => {
    await page.getByRole('button', { name: 'Start again' }).click();
    await page.getByRole('button', { name: 'Coffee' }).waitFor();
    await page.reload();
    await page.getByRole('button', { name: 'Coffee' }).click();
    await page.getByText('Your name?', { exact: true }).waitFor();
  });

  test('what another tab said is shown, and nothing is said twice', async () => {
    const other = await visitor.newTab();
    await other.goto(page.url());
    await other.getByLabel('Message to Otto').fill('From the other tab');
    await other.getByRole('button', { name: 'Send' }).click();
    await other.getByText('From the other tab, bye', { exact: true }).waitFor();
    await page.getByLabel('Message to Otto').fill('From this one');
    await page.getByRole('button', { name: 'Send' }).click();
    await page.getByText('went on meanwhile').waitFor();
    await page.getByText('From the other tab, bye', { exact: true }).waitFor();
    assert.equal(await page.getByText('From this one').count(), 0);
    await other.close();
    visitor.assertQuiet(/409/);
  });

  test('an admin makes a portal, sees where it may be framed, and gets the snippet', async () => {
    await talks.behavior(
      [
        act('Ask', say('Hello, stranger'), { action: 'prompt_text' }, say('You said {{message}}'), {
          action: 'prompt_text',
        }),
      ],
      { title: 'Visitors', event: { key: 'event.message.chat.portal' } },
    );
    await page.goto(`${hub.url}/setup`);
    await page.getByRole('link', { name: 'Chat Portals' }).click();
    await page.getByText('No chat portals yet').waitFor();
    await assertFine();
    await page.getByRole('link', { name: 'New chat portal' }).first().click();
    await page.getByLabel('Name').fill('Help');
    await page.getByLabel('Bot *').selectOption('Otto');
    await page.getByLabel('Sites that may frame it').fill('http://www.example.com');
    await page.getByLabel('Enabled').check();
    await page.getByRole('button', { name: 'Save Changes' }).click();
    await page.getByText('is no site').waitFor();
    await assertFine();
    await page.getByLabel('Sites that may frame it').fill(`http://127.0.0.1:${port}`);
    await page.getByRole('button', { name: 'Save Changes' }).click();
    await page.getByRole('heading', { name: 'Help' }).waitFor();
    await assertFine();
    address = (await page.locator('[data-copy-value]').first().textContent()) ?? '';
    await page.goto(`${hub.url}/setup/portals`);
    await assertFine();
    await page.goto(`${hub.url}/interactions`);
    await assertFine();
  });

  test('a visitor talks on a site that the portal lists, and leaves no cookie behind', async () => {
    const stranger = await visit();
    await stranger.page.goto(`http://127.0.0.1:${port}/`);
    const frame = stranger.page.frameLocator('iframe');
    await frame.getByRole('button', { name: 'Start the chat' }).click();
    await frame.getByText('Hello, stranger', { exact: true }).waitFor();
    await frame.getByLabel('Message to Otto').fill('<b>hi</b>');
    await frame.getByRole('button', { name: 'Send' }).click();
    await frame.getByText('You said <b>hi</b>', { exact: true }).waitFor();
    assert.deepEqual(await stranger.page.context().cookies(), []);
    const named = await stranger.page.frames()[1]?.evaluate('document.querySelector("[data-token]")');
    assert.equal(named, null);
    stranger.assertQuiet();
  });

  test('the page of a portal is fine by itself, and keeps nothing in the browser', async () => {
    const stranger = await visit();
    await stranger.page.goto(address);
    await assertFine(stranger.page);
    await stranger.page.getByRole('button', { name: 'Start the chat' }).click();
    await stranger.page.getByLabel('Message to Otto').waitFor();
    await assertFine(stranger.page);
    const kept = await stranger.page.evaluate(
      '[localStorage.length, sessionStorage.length, document.cookie]',
    );
    assert.deepEqual(kept, [0, 0, '']);
    stranger.assertQuiet();
  });

  test('a site that is not on the list cannot frame it', async () => {
    const stranger = await visit();
    await stranger.page.goto(`http://localhost:${port}/`);
    const [, framed] = stranger.page.frames();
    assert.equal(await framed?.evaluate('document.querySelectorAll("[data-chat]").length'), 0);
    stranger.assertQuiet(/frame|refused/i);
  });
});
