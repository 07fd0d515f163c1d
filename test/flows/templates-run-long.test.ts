/** Templates that would run for ever in a whole hub: they end with a sentence, and nobody else waits for them. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { withDatabases } from '../support/databases.ts';
import { startTestHub, type TestHub } from '../support/hub.ts';

const turns = '{% for i in 1..10000 %}{% for j in 1..10000 %}{% set x = i %}{% endfor %}{% endfor %}';
const backtracking = `{{ "${'a'.repeat(40)}!"|regexp("/^(a+)+$/") }}`;

withDatabases((database) => {
  const on = database.name;
  let hub: TestHub;
  let bot: { id: string };
  before(async () => {
    const env = { COUNTERSIGN_TEMPLATE_TIMEOUT_MS: '1500' };
    hub = await startTestHub({ database: await database.create(), env });
    bot = (await hub.api('POST', '/bots', { name: 'Looper' })).body;
  });
  after(() => hub.close());

  async function behavior(nodes: object[]): Promise<string> {
    const made = await hub.api('POST', '/behaviors', {
      bot_id: bot.id,
      title: 'T',
      event: 'event.macro.bot',
      nodes,
    });
    assert.equal(made.status, 201, made.text);
    return made.body.id;
  }
  const set = (value: string) => ({
    type: 'action',
    title: 'Set',
    params: { actions: [{ action: '_set_custom_var', var: 'x', value }] },
  });
  const run = async (nodes: object[]) => {
    const id = await behavior(nodes);
    return (await hub.api('POST', `/behaviors/${id}/run`, { variables: {} })).body;
  };

  for (const [name, value] of [
    ['a loop of 1e8 turns', turns],
    ['a pattern that backtracks', backtracking],
  ] as const)
    test(`${on}: ${name} ends with a sentence, and whoever asks meanwhile is answered first`, async () => {
      const quick = await behavior([set('{{ 1 + 1 }}')]);
      const looping = await behavior([set(value)]);
      const order: string[] = [];
      const long = hub.api('POST', `/behaviors/${looping}/run`, { variables: {} }).then(({ body }) => {
        order.push('long');
        return body;
      });
      for (const turn of [1, 2, 3]) {
        const answer = await hub.api('POST', `/behaviors/${quick}/run`, { variables: {} });
        assert.equal(answer.body.values.x, '2');
        order.push(`quick ${turn}`);
      }
      assert.equal((await fetch(`${hub.url}/healthz`)).status, 200);
      order.push('health');
      const { status, error } = await long;
      assert.equal(status, 'failed');
      assert.equal(error.code, 'behavior_not_runnable');
      assert.match(error.message, /did not end within 1500 ms/);
      assert.deepEqual(order, ['quick 1', 'quick 2', 'quick 3', 'health', 'long']);
    });

  test(`${on}: a range of 1e8 is refused by its size`, async () => {
    const { error } = await run([set('{% for i in 1..100000000 %}x{% endfor %}')]);
    assert.match(error.message, /more than 100000 members/);
  });

  test(`${on}: a condition's pattern that backtracks stops the run, not the hub`, async () => {
    const condition = {
      condition: '_custom_script',
      tpl: 'a'.repeat(40),
      oper: 'regexp',
      value: '/^(a+)+b$/',
    };
    const outcome = {
      type: 'outcome',
      title: 'Fits',
      params: { groups: [{ any: 0, conditions: [condition] }] },
      nodes: [],
    };
    const { status, error } = await run([{ type: 'switch', title: 'Which?', nodes: [outcome] }]);
    assert.equal(status, 'failed');
    assert.match(error.message, /did not end within/);
  });

  test(`${on}: what templates here do not have is said by name, and the run stops there`, async () => {
    const { error } = await run([
      set('{{ xml_decode("<!DOCTYPE a [<!ENTITY x SYSTEM \\"file:///etc/passwd\\">]>") }}'),
    ]);
    assert.match(error.message, /The function "xml_decode" is not available here: XML/);
  });

  test(`${on}: ids of 64 bits pass through templates, placeholders and the API unchanged`, async () => {
    const nodes = [
      {
        type: 'action',
        title: 'Set',
        params: {
          actions: [
            {
              action: '_set_custom_var',
              var: 'd',
              format: 'json',
              value: '{"id":9007199254740993}',
            },
            { action: '_set_custom_var', var: 'e', format: 'json', value: '{{ d|json_encode }}' },
            { action: '_set_custom_var', var: 'f', value: '{{ d.id == "9007199254740993" ? e.id : "" }}' },
          ],
        },
      },
    ];
    const id = await behavior(nodes);
    const { text } = await hub.api('POST', `/behaviors/${id}/run`, { variables: {} });
    assert.match(text, /"e":\{"id":9007199254740993/);
    assert.match(text, /"f":"9007199254740993"/);
  });
});
