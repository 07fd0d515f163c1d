/** Decisions, loops, subroutines and behaviors that call each other, over the API; limits; a run that waits. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { withDatabases } from '../support/databases.ts';
import { startTestHub, type TestHub } from '../support/hub.ts';

type Node = Record<string, unknown>;

const set = (name: string, value: string, format = '') => ({
  action: '_set_custom_var',
  var: name,
  value,
  format,
});
const act = (title: string, ...actions: object[]): Node => ({ type: 'action', title, params: { actions } });
const decide = (title: string, ...outcomes: Node[]): Node => ({ type: 'switch', title, nodes: outcomes });
const when = (title: string, script: string, ...nodes: Node[]): Node => ({
  type: 'outcome',
  title,
  params: {
    groups: [
      { any: 0, conditions: [{ condition: '_custom_script', tpl: script, oper: 'is', value: 'yes' }] },
    ],
  },
  nodes,
});
const otherwise = (...nodes: Node[]): Node => ({
  type: 'outcome',
  title: 'Else',
  params: { groups: [] },
  nodes,
});
const each = (json: string, name: string, ...nodes: Node[]): Node => ({
  type: 'loop',
  title: `Each ${name}`,
  params: { foreach_json: json, as_placeholder: name },
  nodes,
});
const subroutine = (title: string, ...nodes: Node[]): Node => ({ type: 'subroutine', title, nodes });
const add = (text: string) => act('Add', set('log', `{{log}}${text}`));

withDatabases((database) => {
  const on = database.name;
  let hub: TestHub;
  let botId: string;
  before(async () => {
    const env = { COUNTERSIGN_RUN_MAX_LOOP_TURNS: '50', COUNTERSIGN_RUN_MAX_DEPTH: '3' };
    hub = await startTestHub({ database: await database.create(), env });
    botId = (await hub.api('POST', '/bots', { name: 'Tree', owner: { context: 'app', id: '0' } })).body.id;
  });
  after(() => hub.close());

  async function behavior(nodes: Node[], fields: object = {}): Promise<string> {
    const made = await hub.api('POST', '/behaviors', {
      bot_id: botId,
      title: 'T',
      event: { key: 'event.macro.bot' },
      variables: {},
      nodes,
      ...fields,
    });
    assert.equal(made.status, 201, made.text);
    return made.body.id;
  }

  async function run(nodes: Node[], variables: object = {}, fields: object = {}) {
    const id = await behavior(nodes, fields);
    const { status, body, text } = await hub.api('POST', `/behaviors/${id}/run`, { variables });
    assert.equal(status, 200, text);
    return body;
  }

  test(`${on}: of a decision the first outcome that holds is taken, and then the tree goes on`, async () => {
    const nodes = [
      decide('?', when('no', 'no', add('a')), when('yes', 'yes', add('b')), otherwise(add('c'))),
      add('d'),
      decide('??', when('no', 'no', add('e'))),
      decide('???', when('no', 'no', add('f')), otherwise(add('g'))),
    ];
    const { status, values } = await run(nodes);
    assert.equal(status, 'done');
    assert.equal(values.log, 'bdg');
  });

  test(`${on}: a loop goes through a list or an object, with key, counter and what is left beside each item`, async () => {
    const list = each(
      '["x","y"]',
      'item',
      add('{{item}}{{item__key}}{{item__counter}}({{item__stack|length}}) '),
    );
    const object = each('{"one":{"n":1},"two":{"n":2}}', 'pair', add('{{pair__key}}={{pair.n}} '));
    const { values } = await run([
      list,
      object,
      each('[]', 'none', add('!')),
      each('nonsense', 'none', add('!')),
    ]);
    assert.equal(values.log, 'x01(1) y12(0) one=1 two=2 ');
  });

  test(`${on}: loops stand in loops and decisions, ids beyond 2^53 stay what they are`, async () => {
    const inner = each('{{outer|json_encode}}', 'id', decide('?', when('y', 'yes', add('{{id}},'))));
    const { values } = await run([each('[[9007199254740993,2],[3]]', 'outer', inner)]);
    assert.equal(values.log, '9007199254740993,2,3,');
  });

  test(`${on}: a loop ends when the behavior does away with its stack, and is stopped at the limit of turns`, async () => {
    const stop = decide(
      '?',
      when('3', "{{i__counter == 3 ? 'yes'}}", act('Stop', set('i__stack', 'null', 'json'))),
    );
    const ended = await run([each('["*"]', 'i', add('.'), stop), add('!')]);
    assert.deepEqual([ended.status, ended.values.log], ['done', '...!']);
    const stopped = await run([each('["*"]', 'i', add('.'))]);
    assert.equal(stopped.status, 'failed');
    assert.match(stopped.error.message, /beyond 50 turns of loops/);
  });

  test(`${on}: a subroutine is entered by its action alone, and the actions behind the jump are left out`, async () => {
    const jump = act(
      'Jump',
      set('log', '{{log}}1'),
      { action: '_run_subroutine', subroutine: 'Sub' },
      set('log', '{{log}}2'),
    );
    const { values, transcript } = await run([subroutine('Sub', add('s')), jump, add('3')]);
    assert.equal(values.log, '1s3');
    assert.equal(transcript.filter((entry: { title: string }) => entry.title === 'Jump').length, 2);
    const gone = await run([act('Jump', { action: '_run_subroutine', subroutine: 'Nowhere' })]);
    assert.match(gone.error.message, /no subroutine 'Nowhere'/);
    const itself = await run([
      subroutine('Sub', act('Again', { action: '_run_subroutine', subroutine: 'Sub' })),
      act('Jump', { action: '_run_subroutine', subroutine: 'Sub' }),
    ]);
    assert.match(itself.error.message, /jumps into itself/);
  });

  test(`${on}: exit ends the behavior, and the one that called it goes on`, async () => {
    const exit = { action: '_exit', mode: '' };
    const inner = await behavior([act('A', set('log', 'in'), exit, set('log', 'out')), add('!')]);
    const call = { action: '_run_behavior', on: 'va_id', behavior_id: inner, var: '_behavior' };
    const { values } = await run([act('Call', call, set('log', '{{_behavior.log}}+')), add('end')]);
    assert.equal(values.log, 'in+end');
  });

  test(`${on}: a called behavior gets its variables rendered and gives back what it found`, async () => {
    const variables = { var_x: { key: 'var_x', label: 'x', type: 'S', is_private: '0', params: {} } };
    const inner = await behavior([act('A', set('id', '{"id":9007199254740993,"x":"{{var_x}}"}', 'json'))], {
      variables,
    });
    const call = {
      action: '_run_behavior',
      on: '_trigger_va_id',
      behavior_id: inner,
      var_x: 'a{{log}}',
      var_other: '1',
      var: '_b',
    };
    const result = await run([add('b'), act('Call', call, set('log', '{{_b.id.x}} {{_b.id.id}}'))]);
    assert.equal(result.values.log, 'ab 9007199254740993');
    assert.match(result.transcript[1].text, /does not take var_other/);
  });

  test(`${on}: a behavior is not entered again while it is under way, and depth is limited`, async () => {
    const own = await behavior([]);
    const call = (id: string) =>
      act('Call', { action: '_run_behavior', on: 'va_id', behavior_id: id, var: '_b' });
    await hub.api('PATCH', `/behaviors/${own}`, { nodes: [call(own), add('on')] });
    const result = (await hub.api('POST', `/behaviors/${own}/run`, { variables: {} })).body;
    assert.equal(result.values.log, 'on');
    assert.equal(result.transcript[0].status, 'skipped');
    assert.match(result.transcript[0].text, /under way already/);
    let id = await behavior([add('deep')]);
    for (let depth = 0; depth < 3; depth++) id = await behavior([call(id)]);
    const deep = (await hub.api('POST', `/behaviors/${id}/run`, { variables: {} })).body;
    assert.match(deep.error.message, /beyond 3 behaviors that call each other/);
  });

  test(`${on}: what a bot keeps under a key is there in its next run, sealed, until it is forgotten`, async () => {
    const key = (value: string) => ({ action: '_set_key', key: 'k', value, expires_at: '' });
    const get = { action: '_get_key', key: '{{"k"}}', var: 'kept' };
    await run([act('Keep', key('a secret of the bot'))]);
    assert.equal((await run([act('Get', get)])).values.kept, 'a secret of the bot');
    const simulated = await behavior([act('Keep', key('simulated'), get)]);
    const { body } = await hub.api('POST', `/behaviors/${simulated}/simulate`, { variables: {} });
    assert.equal(body.values.kept, 'simulated');
    assert.equal((await run([act('Get', get)])).values.kept, 'a secret of the bot');
    await run([act('Forget', key(''))]);
    assert.equal((await run([act('Get', get)])).values.kept, '');
  });

  test(`${on}: a run that suspends waits, and its status says so`, async () => {
    const result = await run([act('Wait', { action: '_exit', mode: 'suspend' }), add('after')]);
    assert.equal(result.status, 'suspended');
    assert.equal(result.values.log, undefined);
    const { body } = await hub.api('GET', `/runs/${result.run_id}`);
    assert.equal(body.status, 'suspended');
  });
});
