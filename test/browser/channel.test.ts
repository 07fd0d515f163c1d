/** The channel guide, word by word, in a browser; and the inbox, where a customer's message appears by itself. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Locator, Page } from 'playwright-core';
import { lookOver } from '../support/axe.ts';
import { signIn, type Visitor, withBrowser } from '../support/browser.ts';
import { consumer, startTestHub, type TestHub } from '../support/hub.ts';

withBrowser('the channel guide', (visit) => {
  let hub: TestHub;
  let visitor: Visitor;
  let page: Page;
  let token: { token: string; tokenSecret: string };
  let botId = '';

  before(async () => {
    hub = await startTestHub();
    hub.sandbox.setAccessLevel(consumer.key, 'read-write-directmessages');
    token = hub.sandbox.issueToken(consumer.key, 'alice');
    botId = (await hub.api('POST', '/bots', { name: 'Desk' })).body.id;
    visitor = await visit({ permissions: ['clipboard-read', 'clipboard-write'] });
    page = visitor.page;
    await signIn(page, hub.url);
  });
  after(() => hub.close());

  const button = (name: string, within: Locator | Page = page) =>
    within.getByRole('button', { name, exact: true });
  const link = (name: string, within: Locator | Page = page) =>
    within.getByRole('link', { name, exact: true });
  const channel = () =>
    page.getByRole('listitem').filter({ has: page.getByRole('heading', { name: 'Twitter' }) });
  const assertFine = async () => {
    assert.deepEqual(await lookOver(page), []);
    // It ends narrow, where the menu is folded.
    await page.setViewportSize({ width: 1200, height: 800 });
  };

  test('Bots, the bot, its Channels tab, the Twitter icon: the Twitter Channel page is displayed', async () => {
    await link('Bots', page.getByRole('navigation', { name: 'Main' })).click();
    await link('Desk').click();
    await link('Channels', page.getByRole('dialog', { name: 'Desk' })).click();
    await page.getByText('This bot has no channel yet').waitFor();
    await assertFine();
    await button('Twitter').click();
    await page.getByRole('heading', { name: 'Twitter Channel' }).waitFor();
    await link('Configurations').waitFor();
  });

  test('the Callback URL is there before any key, with the stream id in it, and is copied', async () => {
    await page.getByRole('button', { name: 'Copy Callback URL', exact: true }).click();
    await page.getByText('Copied', { exact: true }).first().waitFor();
    const copied = await page.evaluate<string>('navigator.clipboard.readText()');
    assert.match(copied, new RegExp(`^${hub.url}/hooks/x/[A-Za-z0-9_-]{43}$`));
    await assertFine();
  });

  test('a missing key, and a label that can be none, are told at their fields', async () => {
    await page.getByLabel('API key').fill(consumer.key);
    await button('Save').click();
    await page.getByText('Access Token Secret is missing.', { exact: true }).waitFor();
    assert.equal(await page.getByLabel('API Secret Key').getAttribute('aria-invalid'), 'true');
    await page.getByLabel('Environment Label').fill('no label');
    await button('Save').click();
    assert.equal(await page.getByLabel('Environment Label').inputValue(), 'no label');
  });

  test('four keys and the label, then Authorize: the webhook is registered and the account subscribed', async () => {
    await page.getByLabel('API key').fill(consumer.key);
    await page.getByLabel('API Secret Key').fill(consumer.secret);
    await page.getByLabel('Access Token', { exact: true }).fill(token.token);
    await page.getByLabel('Access Token Secret').fill(token.tokenSecret);
    await page.getByLabel('Environment Label').fill('ProductionEnvironment');
    assert.equal(await page.getByLabel('Access Token Secret').getAttribute('type'), 'password');
    await button('Authorize').click();
    await page.getByRole('heading', { name: 'Authorized' }).waitFor();
    await page.getByText('The keys are those of alice.').waitFor();
    assert.equal(hub.sandbox.webhooks().length, 1);
    assert.equal(hub.sandbox.subscriptions().length, 1);
    const html = await page.content();
    for (const secret of [consumer.secret, token.token, token.tokenSecret]) assert.ok(!html.includes(secret));
    await assertFine();
  });

  test('Enable Channel and Save; what is still missing is told', async () => {
    await page.getByLabel('Enable Channel').check();
    await button('Save').click();
    await page.getByText('The changes were saved.').waitFor();
    await page.getByText('has no behavior for the event').waitFor();
    assert.ok(await page.getByLabel('Enable Channel').isChecked());
  });

  test('the set-up list marks what is done, and names what is gone', async () => {
    await link('Set-up list').click();
    await page.getByRole('heading', { name: 'What has to be done, in this order' }).waitFor();
    assert.equal(await page.getByText('Done', { exact: true }).count(), 8);
    await page.getByText('Today: no longer exists').waitFor();
    await button('Copy Text to paste').waitFor();
    await assertFine();
  });

  test('Simulate inbound shows what the bot would do, and sends nothing', async () => {
    await hub.api('POST', '/behaviors', {
      bot_id: botId,
      title: 'Greet',
      event: 'event.channel.message.received',
      nodes: [
        {
          type: 'action',
          title: 'Answer',
          params: { actions: [{ action: 'channel.reply', text: 'Got: {{message_text}}' }] },
        },
      ],
    });
    await link('Test').click();
    await page.getByLabel('What the customer writes').fill('Where is it?');
    await button('Simulate inbound').click();
    await page.getByText('Got: Where is it?').waitFor();
    assert.deepEqual((await hub.api('GET', '/conversations')).body.items, []);
    await assertFine();
  });

  test("a customer's message appears in the inbox by itself, the bot answers, and a reply goes out", async () => {
    await link('Inbox').first().click();
    await page.getByText('No open conversations').waitFor();
    await page.waitForTimeout(500);
    await hub.sandbox.act({ type: 'dm', from: 'bob', to: 'alice', text: 'My parcel is lost' });
    await link('Bob Example').click();
    const messages = page.getByRole('region', { name: 'Messages' });
    await messages.getByText('My parcel is lost', { exact: true }).waitFor();
    await messages.getByText('Got: My parcel is lost').waitFor();
    const box = page.getByLabel('Reply');
    await box.fill('Sorry! 💎');
    await page.getByText('8 of 10,000 characters').waitFor();
    await button('Send').click();
    await messages.getByText('Sorry! 💎').waitFor();
    await messages.getByText('Sent', { exact: true }).nth(1).waitFor();
    await button('Resume the bot').waitFor();
    await assertFine();
  });

  test('what is said meanwhile appears beside a reply that is being typed, which keeps the focus', async () => {
    const box = page.getByLabel('Reply');
    await box.fill('I will look');
    await hub.sandbox.act({ type: 'dm', from: 'bob', to: 'alice', text: 'Thank you' });
    const messages = page.getByRole('region', { name: 'Messages' });
    await messages.getByText('Thank you', { exact: true }).waitFor();
    await page.getByText('5 answers to the last message are left').waitFor();
    assert.equal(await box.inputValue(), 'I will look');
    assert.ok(await box.evaluate((element) => element === element.ownerDocument.activeElement));
  });

  test('more than the limits allow is counted as one types, and refused with both numbers', async () => {
    await page.getByLabel('Reply').fill('a'.repeat(10_001));
    await page.getByText('10,001 of 10,000 characters: 1 too many').waitFor();
    await button('Send').click();
    await page.getByText('The text counts 10,001 characters; a message holds at most 10,000.').waitFor();
    await page.getByLabel('Reply').fill('Choose');
    await page.getByText('Buttons', { exact: true }).click();
    await page.getByLabel('Buttons, one a line').fill(`Yes\n${'n'.repeat(37)} | no`);
    await page.getByText('2 of 20 buttons, the longest of 37 of 36 characters').waitFor();
    await button('Send').click();
    await page.getByText('at most 36 are allowed').waitFor();
  });

  test('a public reply is weighed as the service weighs it, in the box as on the server', async () => {
    await hub.sandbox.act({ type: 'post', from: 'bob', text: '@alice your site is down' });
    await link('Inbox').first().click();
    const row = page.getByRole('row').filter({ hasText: 'Public' });
    await link('Bob Example', row).click();
    const box = page.getByLabel('Reply in public');
    const said =
      'See https://example.com/a/very/long/path/that/counts/as/any/other, or example.org: 👨‍👩‍👧‍👦 日本 ';
    const counted = 4 + 23 + 5 + 23 + 2 + 2 + 1 + 4 + 1;
    await box.fill(said + 'x'.repeat(280 - counted));
    await page.getByText('280 of 280 characters', { exact: true }).waitFor();
    await box.fill(said + 'x'.repeat(281 - counted));
    await page.getByText('281 of 280 characters: 1 too many').waitFor();
    await button('Send').click();
    await page.getByText('The text counts 281 characters; a post holds at most 280.').waitFor();
    await box.fill(said + 'x'.repeat(280 - counted));
    await button('Send').click();
    await page.getByRole('region', { name: 'Messages' }).getByText('日本').waitFor();
    await assertFine();
    await link('Inbox').first().click();
    await page.getByRole('row').filter({ hasNotText: 'Public' }).getByRole('link').first().click();
  });

  test('a conversation is closed, found among the closed ones, and reopened', async () => {
    await button('Close').click();
    await page.getByText('The conversation is closed.').waitFor();
    await link('Inbox').first().click();
    await link('Closed').click();
    await link('Bob Example').click();
    await button('Reopen').click();
    await page.getByText('The conversation is open again.').waitFor();
  });

  test('on the Channels tab Edit, Disable and Enable come by hover', async () => {
    await page.goto(`${hub.url}/bots/${botId}/channels`);
    const opacity = () =>
      page.evaluate<string>(`getComputedStyle(document.querySelector('.channel-actions')).opacity`);
    await page.mouse.move(0, 0);
    assert.equal(await opacity(), '0');
    await channel().hover();
    assert.equal(await opacity(), '1');
    await page.mouse.move(0, 0);
    await channel().getByRole('link', { name: 'Edit' }).focus();
    assert.equal(await opacity(), '1');
    await channel().getByRole('button', { name: 'Disable' }).click();
    await page.getByText('The channel is disabled.').waitFor();
    await assertFine();
    await channel().getByRole('button', { name: 'Enable' }).click();
    await page.getByText('The channel is enabled.').waitFor();
    await channel().getByRole('link', { name: 'Edit' }).click();
    await page.getByRole('heading', { name: 'Twitter Channel' }).waitFor();
    await link('Requests').click();
    await page.getByText('Done', { exact: true }).first().waitFor();
    await assertFine();
  });

  test('Delete opens the Delete Confirmation dialog; OK deletes for good', async () => {
    await page.goto(`${hub.url}/bots/${botId}/channels`);
    await channel().getByRole('link', { name: 'Delete' }).click();
    const dialog = page.getByRole('dialog', { name: 'Delete Confirmation' });
    await dialog.getByText('This is permanent and cannot be undone.').waitFor();
    await assertFine();
    await button('OK', dialog).click();
    await page.getByText("The channel 'Twitter' was deleted.").waitFor();
    assert.equal(hub.sandbox.webhooks().length, 0);
    assert.equal(hub.sandbox.subscriptions().length, 0);
    await link('Inbox').first().click();
    await link('Bob Example').first().click();
    await page.getByText('nothing can be sent').waitFor();
    await assertFine();
  });

  test('all the way the console stayed empty', () => {
    visitor.assertQuiet(/status of (400|422)/);
  });
});
