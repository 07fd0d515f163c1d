/** The page where a person plays the customer, in a browser: with its script, and small, light and dark. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { lookOver } from '../support/axe.ts';
import { withBrowser } from '../support/browser.ts';
import { ids, startDesk } from '../support/sandbox-desk.ts';

withBrowser("the sandbox's customers' page", (visit) => {
  let desk: Awaited<ReturnType<typeof startDesk>>;
  before(async () => {
    desk = await startDesk();
    await desk.register();
    await desk.subscribe();
  });
  after(() => desk.close());

  test('a person writes, an answer appears by itself, and its button is pressed', async () => {
    const visitor = await visit();
    const { page } = visitor;
    await page.goto(`${desk.origin}/customer`);
    await page.getByLabel('Message').fill('My order 5521 has not arrived');
    await page.getByRole('button', { name: 'Send' }).click();
    await page.getByText('My order 5521 has not arrived').waitFor();
    const options = [{ label: 'Delivery', metadata: 't:delivery' }];
    await desk.message('alice', ids.bob, {
      text: 'What is it about?',
      quick_reply: { type: 'options', options },
    });
    await page.getByRole('button', { name: 'Delivery' }).click();
    await page.getByRole('log').getByText('Delivery', { exact: true }).waitFor();
    const last = desk.receiver.received.at(-1)?.json.direct_message_events[0];
    assert.equal(last.message_create.message_data.quick_reply_response.metadata, 't:delivery');
    assert.deepEqual(await lookOver(page), []);
    await page.goto(desk.origin);
    assert.deepEqual(await lookOver(page), []);
    visitor.assertQuiet();
  });
});
