/** Building a behavior in a browser: by keyboard alone, by dragging, and how its pages look. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Page } from 'playwright-core';
import { lookOver } from '../support/axe.ts';
import { signIn, withBrowser } from '../support/browser.ts';
import { startTestHub, type TestHub } from '../support/hub.ts';

withBrowser('building a behavior', (visit) => {
  let hub: TestHub;
  let page: Page;
  let botId: string;
  let assertQuiet: (expected?: RegExp) => void;

  before(async () => {
    hub = await startTestHub();
    ({ page, assertQuiet } = await visit());
    await signIn(page, hub.url);
    const owner = { context: 'app', id: '0' };
    const params = { config: { channel: '#general' } };
    botId = (await hub.api('POST', '/bots', { name: 'Built', owner, params })).body.id;
  });
  after(() => hub.close());

  async function behavior(title: string, nodes: object[]): Promise<string> {
    const made = { bot_id: botId, title, event: { key: 'event.macro.bot' }, variables: {}, nodes };
    return (await hub.api('POST', '/behaviors', made)).body.id;
  }
  async function titles(id: string): Promise<string> {
    interface Node {
      title: string;
      nodes: Node[];
    }
    const drawn = (nodes: Node[]): string =>
      nodes
        .map((node) => (node.nodes.length > 0 ? `${node.title}(${drawn(node.nodes)})` : node.title))
        .join(' ');
    return drawn((await hub.api('GET', `/behaviors/${id}`)).body.nodes);
  }

  /** Goes on with Tab until what has this name has the focus, as somebody without a mouse does. */
  async function tabTo(name: RegExp): Promise<void> {
    for (let presses = 0; presses < 120; presses++) {
      await page.keyboard.press('Tab');
      if (name.test(await page.evaluate<string>(nameOfFocus))) return;
    }
    assert.fail(`the focus never came to ${name}`);
  }
  const nameOfFocus = `(() => {
    const one = document.activeElement;
    const label = one.labels?.[0]?.textContent ?? one.getAttribute('aria-label') ?? one.textContent;
    return label.replace(/\\s+/g, ' ').trim();
  })()`;
  const press = async (name: RegExp) => {
    await tabTo(name);
    await page.keyboard.press('Enter');
  };
  const type = async (name: RegExp, text: string) => {
    await tabTo(name);
    await page.keyboard.press('ControlOrMeta+A');
    await page.keyboard.type(text);
  };

  test('a decision with a loop and an action is built by keyboard alone', async () => {
    const id = await behavior('By keyboard', []);
    await page.goto(`${hub.url}/behaviors/${id}/tree`);
    await press(/^Add: Decision/);
    await page.getByRole('heading', { name: 'Add: Decision' }).waitFor();
    await type(/^Title/, 'Which?');
    await page.keyboard.press('Enter');
    await page.getByText('"Which?" was saved.').waitFor();
    await press(/^Change Which\?/);
    await press(/^Add below: Outcome/);
    await page.getByRole('heading', { name: 'Add: Outcome' }).waitFor();
    await type(/^Title/, 'Always');
    await press(/^Save Changes/);
    await page.getByText('"Always" was saved.').waitFor();
    await press(/^Change Always/);
    await press(/^Add below: Loop/);
    await page.getByRole('heading', { name: 'Add: Loop' }).waitFor();
    await type(/^Title/, 'Each');
    await type(/^List or object/, '["a","b"]');
    await press(/^Save Changes/);
    await page.getByText('"Each" was saved.').waitFor();
    await press(/^Change Each/);
    await press(/^Add below: Actions/);
    await page.getByRole('heading', { name: 'Add: Actions' }).waitFor();
    await type(/^Title/, 'Keep');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Actions: Keep' }).waitFor();
    await tabTo(/^Another action/);
    await page.keyboard.type('Set placeholder');
    await press(/^Add action/);
    await page.getByRole('heading', { name: 'Add: Set placeholder' }).waitFor();
    await type(/^Generate output/, '{{log}}{{item}}');
    await type(/^Save output/, 'log');
    await press(/^Save Changes/);
    await page.getByText('"Set placeholder" was added.').waitFor();
    assert.equal(await titles(id), 'Which?(Always(Each(Keep)))');
    const { body } = await hub.api('POST', `/behaviors/${id}/run`, { variables: {} });
    assert.equal(body.values.log, 'ab');
    assertQuiet();
  });

  test('a node is moved by Alt and an arrow, and its menu, with the focus on it afterwards', async () => {
    const id = await behavior('Moved', [
      { type: 'action', title: 'First', params: { actions: [] } },
      { type: 'action', title: 'Second', params: { actions: [] } },
    ]);
    await page.goto(`${hub.url}/behaviors/${id}/tree`);
    await page.getByRole('link', { name: 'First', exact: true }).focus();
    await page.keyboard.press('Alt+ArrowDown');
    await page.getByText('"First" was moved down.').waitFor();
    assert.equal(await titles(id), 'Second First');
    assert.match(page.url(), /#node-1$/);
    assert.equal(await page.evaluate<string>('document.activeElement.id'), 'node-1');
    await press(/^Change First/);
    await press(/^Move up/);
    await page.getByText('"First" was moved up.').waitFor();
    assert.equal(await titles(id), 'First Second');
  });

  test('a node is dragged into an outcome, and between its neighbours; not where it may not stand', async () => {
    const outcome = { type: 'outcome', title: 'Yes', nodes: [] };
    const id = await behavior('Dragged', [
      { type: 'action', title: 'A', params: { actions: [] } },
      { type: 'switch', title: 'S', nodes: [outcome, { ...outcome, title: 'No' }] },
      { type: 'action', title: 'B', params: { actions: [] } },
    ]);
    await page.goto(`${hub.url}/behaviors/${id}/tree`);
    const row = (title: string) =>
      page.locator('.tree-row').filter({ has: page.getByRole('link', { name: title, exact: true }) });
    await row('A').dragTo(row('Yes'), { sourcePosition: { x: 5, y: 5 } });
    await page.getByText('"A" was moved.').waitFor();
    assert.equal(await titles(id), 'S(Yes(A) No) B');
    const { height = 0 } = (await row('S').boundingBox()) ?? {};
    await row('B').dragTo(row('S'), { sourcePosition: { x: 5, y: 5 }, targetPosition: { x: 60, y: 2 } });
    await page.getByText('"B" was moved.').waitFor();
    assert.equal(await titles(id), 'B S(Yes(A) No)');
    assert.ok(height > 0);
    await row('No').dragTo(row('B'), { sourcePosition: { x: 5, y: 5 } });
    assert.equal(await titles(id), 'B S(Yes(A) No)');
    assertQuiet();
  });

  test('placeholders are put in where the cursor is, and a test shows what a template gives', async () => {
    const action = { action: '_set_custom_var', var: 'a', value: 'To ', format: '' };
    const id = await behavior('Tried', [{ type: 'action', title: 'A', params: { actions: [action] } }]);
    await page.goto(`${hub.url}/behaviors/${id}/nodes/0.0`);
    const text = page.getByRole('textbox', { name: 'Generate output using this script' });
    await text.focus();
    await page.keyboard.press('ControlOrMeta+End');
    await page.getByText('Insert placeholder').first().click();
    await page.getByRole('button', { name: '{{behavior_bot_config.channel}}' }).click();
    assert.equal(await text.inputValue(), 'To {{behavior_bot_config.channel}}');
    await page.getByRole('button', { name: /^Test/ }).first().click();
    await page.getByText('To #general', { exact: true }).waitFor();
    await text.fill('{{ oops');
    await page.getByRole('button', { name: /^Test/ }).first().click();
    await page.getByText(/^Line 1: /).waitFor();
    assert.deepEqual(await lookOver(page), []);
    assertQuiet();
  });

  test('the simulator has its tabs, reached by arrows, and shows the path', async () => {
    const id = await behavior('Simulated', [
      { type: 'switch', title: 'S', nodes: [{ type: 'outcome', title: 'Always', nodes: [] }] },
    ]);
    await page.goto(`${hub.url}/behaviors/${id}/simulator`);
    await page.getByRole('tab', { name: 'Parameters' }).focus();
    await page.keyboard.press('ArrowRight');
    assert.ok(await page.getByLabel('Current time').isVisible());
    await page.getByRole('button', { name: 'Simulate' }).click();
    await page.getByText('Done.', { exact: true }).waitFor();
    assert.match((await page.getByText('Always').locator('..').textContent()) ?? '', /Taken/);
    assert.deepEqual(await lookOver(page), []);
    await page.getByRole('link', { name: 'This run by itself' }).click();
    await page.getByRole('heading', { name: 'Run of Simulated' }).waitFor();
    assert.deepEqual(await lookOver(page), []);
    assertQuiet();
  });

  test('every page of building is fine at 1200 and 360 px, in light and dark', async () => {
    const script = { condition: '_custom_script', tpl: '{{x}}', oper: 'is', value: '1' };
    const days = { condition: '_day_of_week', oper: 'is', day: ['1', '5'] };
    const groups = [{ any: 1, conditions: [script, days, { condition: 'moon' }] }];
    const request = { action: 'core.va.action.http_request', http_verb: 'get', http_url: 'https://x.com/' };
    const id = await behavior('Looked over', [
      {
        type: 'switch',
        title: 'Which?',
        nodes: [{ type: 'outcome', title: 'Yes', params: { groups }, nodes: [] }],
      },
      { type: 'action', title: 'Call', params: { actions: [request, { action: 'exec_jquery' }] } },
      { type: 'loop', title: 'Each', params: { foreach_json: '[]', as_placeholder: 'i' }, nodes: [] },
    ]);
    const at = `/behaviors/${id}`;
    const problems: string[] = [];
    for (const path of [
      ...[at, `${at}/tree`, `${at}/tree/0.0`, `${at}/tree/1`, `${at}/tree/2`, `${at}/tree/new?type=loop`],
      ...[`${at}/nodes/1.0`, `${at}/nodes/1.1`, `${at}/tree/1/new?action=_run_behavior`, `${at}/edit`],
      ...[`${at}/runs`, '/runs', `/behaviors/import?bot=${botId}`, `/behaviors/new?bot=${botId}`],
    ]) {
      await page.goto(hub.url + path);
      problems.push(...(await lookOver(page)));
    }
    await page.goto(`${hub.url}${at}/tree`);
    await page.getByText('Change Which?').click();
    problems.push(...(await lookOver(page)));
    assert.deepEqual(problems, []);
  });
});
