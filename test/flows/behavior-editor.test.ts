/** Building a behavior through its pages without script, trying templates, import and export, runs and running again. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createBrowser } from '../../server/demo/browser.ts';
import { withDatabases } from '../support/databases.ts';
import { password, startTestHub, type TestHub } from '../support/hub.ts';
import { signedIn, type Visitor } from '../support/visitor.ts';

const set = (name: string, value: string) => ({ action: '_set_custom_var', var: name, value, format: '' });
const actNode = (title: string, ...actions: object[]) => ({ type: 'action', title, params: { actions } });

withDatabases((database) => {
  const on = database.name;
  let hub: TestHub;
  let ada: Visitor;
  let botId: string;
  before(async () => {
    hub = await startTestHub({ database: await database.create() });
    ada = await signedIn(hub.url, 'ada@example.com', password);
    const owner = { context: 'app', id: '0' };
    const params = { config: { greeting: 'Hello' } };
    botId = (await hub.api('POST', '/bots', { name: 'Built', owner, params })).body.id;
  });
  after(() => hub.close());

  async function behavior(nodes: object[], fields: object = {}): Promise<string> {
    const made = { bot_id: botId, title: 'B', event: { key: 'event.macro.bot' }, variables: {}, nodes };
    const { body, text, status } = await hub.api('POST', '/behaviors', { ...made, ...fields });
    assert.equal(status, 201, text);
    return body.id;
  }
  const read = async (id: string) => (await hub.api('GET', `/behaviors/${id}`)).body;
  const versionOn = (html: string) => /name="version" value="(\d+)"/.exec(html)?.[1] ?? '';
  async function fill(path: string, fields: Record<string, string>) {
    const page = await ada.get(path);
    assert.equal(page.status, 200, path);
    return ada.post(path.replace(/\?.*/, ''), { version: versionOn(page.text), ...fields });
  }
  async function place(id: string, path: string, fields: Record<string, string>) {
    const page = await ada.get(`/behaviors/${id}/tree`);
    return ada.post(`/behaviors/${id}/${path}/place`, { version: versionOn(page.text), ...fields });
  }

  test(`${on}: a decision, an outcome with conditions, a loop and an action are built by forms, and run`, async () => {
    const id = await behavior([]);
    const tree = `/behaviors/${id}/tree`;
    await fill(`${tree}/new?type=switch`, { in: '', type: 'switch', title: 'Which?', status: 'live' });
    const form = { in: '0', type: 'outcome', title: 'Yes', status: 'live', g0_any: '1' };
    const added = await fill(`${tree}/new?in=0&type=outcome`, {
      ...form,
      g0_token: '_custom_script',
      edit: 'add:0',
    });
    assert.match(added.text, /Condition 1: Script/);
    const raw = '{"condition":"_custom_script"}';
    const condition = { g0_c0_is: raw, g0_c0_tpl: '{{behavior_bot_config.greeting}}', g0_c0_oper: 'is' };
    const outcome = await fill(`${tree}/new?in=0&type=outcome`, {
      ...form,
      ...condition,
      g0_c0_value: 'hello',
    });
    assert.equal(outcome.headers.get('location'), `${tree}#node-0.0`);
    const loop = { in: '0.0', type: 'loop', title: 'Each', status: 'live' };
    await fill(`${tree}/new?in=0.0&type=loop`, {
      ...loop,
      foreach_json: '["a","b"]',
      as_placeholder: 'item',
    });
    const node = { in: '0.0.0', type: 'action', title: 'Add', status: 'live' };
    const made = await fill(`${tree}/new?in=0.0.0&type=action`, node);
    assert.equal(made.headers.get('location'), `${tree}/0.0.0.0`);
    const action = { action: '_set_custom_var', var: 'log', value: '{{log}}{{item}}', format: '' };
    await fill(`${tree}/0.0.0.0/new?action=_set_custom_var`, action);
    const { body } = await hub.api('POST', `/behaviors/${id}/run`, { variables: {} });
    assert.equal(body.values.log, 'ab', JSON.stringify(body));
    const { nodes } = await read(id);
    assert.deepEqual(nodes[0].nodes[0].params.groups, [
      {
        any: 1,
        conditions: [
          {
            condition: '_custom_script',
            tpl: '{{behavior_bot_config.greeting}}',
            oper: 'is',
            value: 'hello',
          },
        ],
      },
    ]);
  });

  test(`${on}: nodes and actions are moved, copied and removed, within what may stand where`, async () => {
    const decision = { type: 'switch', title: 'S', nodes: [{ type: 'outcome', title: 'O', nodes: [] }] };
    const id = await behavior([actNode('A', set('a', '1'), set('b', '2')), decision, actNode('C')]);
    const moved = await place(id, 'tree/0', { do: 'move', parent: '1.0' });
    assert.equal(moved.headers.get('location'), `/behaviors/${id}/tree#node-0.0.0`);
    await place(id, 'nodes/0.0.0.1', { do: 'copy', to: '1' });
    await place(id, 'nodes/0.0.0.1', { do: 'up' });
    await place(id, 'nodes/0.0.0.1', { do: 'remove' });
    await place(id, 'tree/1', { do: 'up' });
    await place(id, 'tree/0', { do: 'duplicate' });
    const { nodes } = await read(id);
    const titles = nodes.map((node: { title: string }) => node.title);
    assert.deepEqual(titles, ['C', 'C (copy)', 'S']);
    assert.deepEqual(nodes[0].params.actions, [set('b', '2')]);
    assert.deepEqual(nodes[2].nodes[0].nodes[0].params.actions, [set('b', '2')]);
    const refused = await place(id, 'tree/0', { do: 'move', parent: '2' });
    assert.equal(refused.status, 400);
    assert.match(refused.text, /kind Actions may not stand in &quot;S&quot; \(Decision\)/);
    await place(id, 'tree/2', { do: 'remove' });
    assert.equal((await read(id)).nodes.length, 2);
  });

  test(`${on}: who was not quick enough is told so, and nothing of the other's change is lost`, async () => {
    const id = await behavior([actNode('A')]);
    const page = await ada.get(`/behaviors/${id}/tree/0`);
    const version = versionOn(page.text);
    await ada.post(`/behaviors/${id}/tree/0`, { version, title: 'First', status: 'live' });
    const late = await ada.post(`/behaviors/${id}/tree/0`, { version, title: 'Second', status: 'live' });
    assert.match(late.text, /was changed meanwhile/);
    assert.match(late.text, /value="Second"/);
    const moved = await ada.post(`/behaviors/${id}/tree/0/place`, { version, do: 'remove' });
    assert.equal(moved.status, 409);
    assert.equal((await read(id)).nodes[0].title, 'First');
  });

  test(`${on}: what is not known here is shown as JSON, kept when something else is saved, and can be removed`, async () => {
    const unknown = { action: 'exec_jquery', jquery_script: 'alert(1)' };
    const groups = [{ any: 0, conditions: [{ condition: 'sender_moon', oper: 'is', value: 'x' }] }];
    const outcome = { type: 'outcome', title: 'O', params: { groups, kept: 'yes' }, nodes: [] };
    const id = await behavior([actNode('A', unknown), { type: 'switch', title: 'S', nodes: [outcome] }]);
    assert.match((await ada.get(`/behaviors/${id}/nodes/0.0`)).text, /jquery_script&quot;: &quot;alert\(1\)/);
    const page = await ada.get(`/behaviors/${id}/tree/1.0`);
    assert.match(page.text, /sender_moon \(not known here\)/);
    const raw = JSON.stringify(groups[0]?.conditions[0]);
    const form = { title: 'O', status: 'live', g0_any: '0', g0_c0_is: raw };
    await ada.post(`/behaviors/${id}/tree/1.0`, { version: versionOn(page.text), ...form });
    const { nodes } = await read(id);
    assert.deepEqual(nodes[1].nodes[0].params, { groups, kept: 'yes' });
    await place(id, 'nodes/0.0', { do: 'remove' });
    assert.deepEqual((await read(id)).nodes[0].params.actions, []);
  });

  test(`${on}: a template is tried with values of the last run, and its fault is shown with the line`, async () => {
    const id = await behavior([actNode('A', set('found', 'from the run')), actNode('B', set('b', ''))]);
    await hub.api('POST', `/behaviors/${id}/simulate`, { variables: {} });
    const form = { var: 'b', value: 'It is {{found}} of {{behavior_bot_name}}', format: '' };
    const tried = await fill(`/behaviors/${id}/nodes/1.0`, { ...form, test: 'value' });
    assert.match(tried.text, /It is from the run of Built/);
    assert.match(tried.text, /\{\{found\}\}<\/code> Set by/);
    assert.match(tried.text, /\{\{behavior_bot_config\.greeting\}\}/);
    const wrong = await fill(`/behaviors/${id}/nodes/1.0`, { ...form, value: 'a\n{{ b', test: 'value' });
    assert.match(wrong.text, /Line 2: /);
    assert.equal((await read(id)).nodes[1].params.actions[0].value, '', 'a test saves nothing');
  });

  test(`${on}: the inputs of a chosen behavior are asked for, and handed on`, async () => {
    const variables = { var_who: { key: 'var_who', label: 'Who', type: 'S', is_private: '0', params: {} } };
    const inner = await behavior([], { title: 'Inner', variables });
    const id = await behavior([actNode('A')]);
    const form = { action: '_run_behavior', behavior_id: inner, var: '_b' };
    const shown = await fill(`/behaviors/${id}/tree/0/new?action=_run_behavior`, { ...form, show: 'inputs' });
    assert.match(shown.text, /Who \(var_who\)/);
    await fill(`/behaviors/${id}/tree/0/new?action=_run_behavior`, { ...form, var_who: '{{"x"}}' });
    const [action] = (await read(id)).nodes[0].params.actions;
    assert.deepEqual([action.behavior_id, action.var_who], [inner, '{{"x"}}']);
  });

  test(`${on}: the variables of a behavior can be set by actions that its pages offer`, async () => {
    const variables = { var_x: { key: 'var_x', label: 'Size', type: 'S', is_private: '1', params: {} } };
    const id = await behavior([actNode('A')], { variables });
    assert.match((await ada.get(`/behaviors/${id}/tree/0`)).text, /<option value="var_x">[^<]*Size/);
    await fill(`/behaviors/${id}/tree/0/new?action=var_x`, { action: 'var_x', value: 'large' });
    const { body } = await hub.api('POST', `/behaviors/${id}/run`, { variables: {} });
    assert.equal(body.values.var_x, 'large');
  });

  test(`${on}: a behavior goes out as JSON and comes in again as it was; a duplicate is disabled`, async () => {
    const nodes = [actNode('A', set('id', '9007199254740993'))];
    const id = await behavior(nodes, { title: 'To go', priority: 7 });
    const exported = await ada.get(`/behaviors/${id}/export`);
    assert.match(exported.headers.get('content-disposition') ?? '', /to-go\.json/);
    await ada.get('/behaviors/import');
    const imported = await ada.post('/behaviors/import', { bot_id: botId, json: exported.text });
    const copy = await read((imported.headers.get('location') ?? '').split('/').at(-1) ?? '');
    const original = await read(id);
    assert.deepEqual([copy.title, copy.priority, copy.nodes], ['To go', 7, original.nodes]);
    const wrong = await ada.post('/behaviors/import', { bot_id: botId, json: '{"a":\n1,}' });
    assert.match(wrong.text, /This is not JSON: line 2/);
    await ada.get(`/behaviors/${id}`);
    const doubled = await ada.post(`/behaviors/${id}/duplicate`);
    const twin = await read((doubled.headers.get('location') ?? '').split('/').at(-1) ?? '');
    assert.deepEqual([twin.title, twin.is_disabled, twin.nodes], ['To go (copy)', true, original.nodes]);
  });

  test(`${on}: a run's page shows its path, what each action was given and told, and it is run again with the same`, async () => {
    const variables = { var_q: { key: 'var_q', label: 'Q', type: 'S', is_private: '0', params: {} } };
    const never = {
      type: 'outcome',
      title: 'Never',
      params: {
        groups: [{ conditions: [{ condition: '_custom_script', tpl: '', oper: 'is', value: 'x' }] }],
      },
    };
    const taken = {
      type: 'outcome',
      title: 'Always',
      nodes: [actNode('Act', set('a', 'Asked for {{var_q}}'))],
    };
    const id = await behavior([{ type: 'switch', title: 'S', nodes: [never, taken] }], {
      title: 'Told',
      variables,
    });
    const { body } = await hub.api('POST', `/behaviors/${id}/run`, { variables: { var_q: 'tea' } });
    assert.deepEqual(Object.keys(body.transcript[0]).sort(), ['action', 'node', 'status', 'text', 'title']);
    const page = await ada.get(`/runs/${body.run_id}`);
    assert.match(page.text, /Always<\/strong>\s*<span class="badge badge-ok">Taken/);
    assert.match(page.text, /Never\s*<span class="badge">Not reached/);
    assert.match(page.text, /Generate output using this script<\/dt><dd><pre[^>]*>Asked for tea/);
    assert.match(page.text, /by tests \(API key\)/);
    const again = await ada.post(`/runs/${body.run_id}/rerun`);
    const next = (again.headers.get('location') ?? '').split('/').at(-1) ?? '';
    assert.notEqual(next, body.run_id);
    assert.equal((await hub.api('GET', `/runs/${next}`)).body.values.a, 'Asked for tea');
    const list = await ada.get(`/behaviors/${id}/runs`);
    assert.equal(list.text.match(/href="\/runs\/[0-9A-Z]{26}"/g)?.length, 2);
    assert.match((await ada.get('/runs?status=done')).text, /Told/);
    assert.match((await ada.get(`/behaviors/${id}/runs?status=failed`)).text, /No such runs/);
    const bea = await newWorker(hub, `bea-${on.toLowerCase()}@example.com`);
    assert.equal((await bea.get(`/runs/${next}`)).status, 404);
    assert.match((await bea.get('/runs')).text, /No runs yet/);
  });

  test(`${on}: the page of a run that waits says for what, and what it did until then`, async () => {
    const id = await behavior([actNode('A', set('a', '1'), { action: '_exit', mode: 'suspend' })]);
    const { body } = await hub.api('POST', `/behaviors/${id}/run`, { variables: {} });
    const page = await ada.get(`/runs/${body.run_id}`);
    assert.match(page.text, /Waits for<\/dt><dd>A reply/);
    assert.match(page.text, /Set placeholder/);
  });

  test(`${on}: the simulator judges conditions by the time it is given`, async () => {
    const day = { condition: '_month_of_year', oper: 'is', month: ['2'] };
    const outcome = {
      type: 'outcome',
      title: 'February',
      params: { groups: [{ conditions: [day] }] },
      nodes: [actNode('A', set('a', 'cold'))],
    };
    const id = await behavior([{ type: 'switch', title: 'S', nodes: [outcome] }]);
    await ada.get(`/behaviors/${id}/simulator`);
    const form = { mode: 'simulate', current_time: '2030-02-10 12:00' };
    const taken = await ada.post(`/behaviors/${id}/simulator`, form);
    assert.match(taken.text, /February<\/strong>\s*<span class="badge badge-ok">Taken/);
    const not = await ada.post(`/behaviors/${id}/simulator`, { ...form, current_time: '2030-03-10 12:00' });
    assert.match(not.text, /February\s*<span class="badge">Not reached/);
    const wrong = await ada.post(`/behaviors/${id}/simulator`, { ...form, current_time: 'when pigs fly' });
    assert.equal(wrong.status, 400);
    assert.match(wrong.text, /is no time such as/);
  });
});

/** A worker who signed up and in. */
async function newWorker(hub: TestHub, email: string): Promise<Visitor> {
  const browser = createBrowser();
  const page = await browser.open(await hub.hub.addWorker({ email, isAdmin: false }));
  await browser.press(page, /sign in/i, { name: 'Bea', password, password_again: password });
  return signedIn(hub.url, email, password);
}
