/** The text of a package in a browser: numbered lines, faults that lead to their place, a library that narrows. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Page } from 'playwright-core';
import { lookOver } from '../support/axe.ts';
import { signIn, withBrowser } from '../support/browser.ts';
import { startTestHub, type TestHub } from '../support/hub.ts';

withBrowser('the text of a package', (visit) => {
  let hub: TestHub;
  let page: Page;
  let assertQuiet: (expected?: RegExp) => void;

  before(async () => {
    hub = await startTestHub();
    ({ page, assertQuiet } = await visit());
    await signIn(page, hub.url);
  });
  after(() => hub.close());

  test('lines are numbered as they are typed, and a press on a fault leads to its line', async () => {
    await page.goto(`${hub.url}/setup/import`);
    const text = page.getByLabel('JSON:');
    await text.fill('{\n  "package": {\n    "name": "X",,\n  }\n}');
    const numbers = page.locator('.editor-numbers li');
    assert.equal(await numbers.count(), 5);
    await page.getByRole('button', { name: 'Import', exact: true }).click();
    await page.getByText('The package has faults').waitFor();
    assert.equal(await numbers.count(), 5);
    assert.deepEqual(await page.locator('.editor-fault').allTextContents(), ['3']);
    await page.getByRole('button', { name: 'Go to line 3' }).click();
    const selected = await text.evaluate(
      (field: { value: string; selectionStart: number; selectionEnd: number }) =>
        field.value.slice(field.selectionStart, field.selectionEnd),
    );
    assert.equal(selected, '    "name": "X",,');
    assert.deepEqual(await lookOver(page), []);
    assertQuiet(/422/);
  });

  test('a text of thousands of lines is numbered to its last, and again when it gets shorter', async () => {
    await page.goto(`${hub.url}/setup/import`);
    const text = page.getByLabel('JSON:');
    const paste = (lines: number) =>
      text.evaluate((field: { value: string; dispatchEvent(event: Event): void }, count) => {
        field.value = Array(count).fill('{}').join('\n');
        field.dispatchEvent(new Event('input'));
      }, lines);
    const numbers = page.locator('.editor-numbers li');
    for (const lines of [20_000, 3]) {
      await paste(lines);
      assert.equal(await numbers.count(), lines);
      assert.equal(await numbers.last().textContent(), String(lines));
    }
  });

  test('the library narrows while a word is typed, and tells how many are left', async () => {
    await page.goto(`${hub.url}/setup/packages`);
    await page.getByLabel('Search the library').pressSequentially('photos');
    await page
      .getByRole('status')
      .filter({ hasText: /^1 package$/ })
      .waitFor();
    assert.deepEqual(await page.locator('.tile:visible .tile-title').allTextContents(), ['Flickr']);
    assert.deepEqual(await lookOver(page), []);
  });

  test('a cURL line becomes a package that shows what it would do', async () => {
    await page.goto(`${hub.url}/setup/convert`);
    await page
      .getByRole('textbox', { name: 'Text', exact: true })
      .fill("curl -d 'a=1' https://api.example.com/things");
    await page.getByRole('button', { name: 'Make a package of it' }).click();
    await page.getByRole('heading', { name: 'cURL command line, as a package' }).waitFor();
    assert.deepEqual(await lookOver(page), []);
    await page.getByRole('button', { name: 'Show what it would do' }).click();
    await page
      .getByRole('heading', { name: /What importing POST api.example.com\/things would do/ })
      .waitFor();
    await page.getByRole('button', { name: 'Import', exact: true }).click();
    await page.getByRole('heading', { name: /Imported/ }).waitFor();
  });

  test('what is here is exported by tick boxes', async () => {
    await page.goto(`${hub.url}/setup/export`);
    await page.getByRole('textbox', { name: 'Name of the package' }).fill('Ours');
    await page.getByLabel('POST api.example.com/things').check();
    await page.getByRole('button', { name: 'Show it' }).click();
    const text = await page.getByLabel('JSON', { exact: true }).inputValue();
    assert.match(text, /"http_url": "https:\/\/api\.example\.com\/things"/);
    assert.deepEqual(await lookOver(page), []);
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Save as a file' }).click(),
    ]);
    assert.equal(download.suggestedFilename(), 'ours.json');
  });
});
