import assert from 'node:assert/strict';
import { test } from 'node:test';
import { actionsOf, behaviorJson, eachNode, parseBehavior } from '../../../server/bots/behavior.ts';
import { accountsOf } from '../../../server/bots/bound-accounts.ts';
import { remarksOnBehavior } from '../../../server/bots/remarks.ts';

const request = {
  action: 'core.va.action.http_request',
  http_verb: 'get',
  http_url: 'https://api.example/x?q={{var_q|url_encode}}',
  http_headers: '',
  http_body: '',
  auth: 'connected_account',
  auth_connected_account_id: 'ACCOUNT',
  options: { raw_response_body: '1' },
  run_in_simulator: '1',
  response_placeholder: '_http_response',
};
const setJson = {
  action: '_set_custom_var',
  value: '{{x}}',
  format: 'json',
  is_simulator_only: '0',
  var: 'y',
};

function behaviorWith(nodes: unknown, more: object = {}) {
  return parseBehavior(
    { title: 'Find', bot_id: 'BOT', event: { key: 'event.macro.bot' }, nodes, ...more },
    '',
  );
}

const actionNode = (...actions: object[]) => ({
  type: 'action',
  title: 'Do',
  status: 'live',
  params: { actions },
});

test('a behavior comes back in the shape in which it was read', () => {
  const { value, faults, unsupported } = behaviorWith([actionNode(request, setJson)], {
    uri: 'find',
    is_private: true,
    is_disabled: '0',
    priority: '7',
    variables: {},
  });
  assert.deepEqual([faults, unsupported], [[], []]);
  assert.equal(value.isPrivate, true);
  assert.equal(value.isDisabled, false);
  assert.equal(value.priority, 7);
  const again = parseBehavior(behaviorJson(value), '');
  assert.deepEqual(again, { value, faults: [], unsupported: [] });
});

test('an event may be written as its key alone', () => {
  assert.deepEqual(behaviorWith([], { event: 'event.macro.bot' }).value.event, {
    key: 'event.macro.bot',
    params: {},
  });
});

test('faults carry the JSON pointer of their place', () => {
  const { faults } = parseBehavior(
    {
      title: ' ',
      uri: 'Not a uri!',
      event: 5,
      priority: 'soon',
      nodes: [
        'text',
        { type: 'action', title: 'x', params: { actions: [{}] } },
        { type: 'loop', title: 'y', status: 'asleep', nodes: [{ title: 'no type' }] },
      ],
    },
    '/bots/0/behaviors/1',
  );
  assert.deepEqual(
    faults.map((fault) => fault.path.replace('/bots/0/behaviors/1', '')),
    [
      '/title',
      '/uri',
      '/bot_id',
      '/event',
      '/priority',
      '/nodes/0',
      '/nodes/1/params/actions',
      '/nodes/2/status',
      '/nodes/2/nodes/0',
    ],
  );
});

test('a field that behaviors do not have is listed, not dropped in silence', () => {
  assert.deepEqual(behaviorWith([], { colour: 'red' }).unsupported, [
    { path: '/colour', message: 'A behavior has no field "colour".' },
  ]);
});

test('nodes are listed parents first with their pointers, and actions below theirs', () => {
  const { value } = behaviorWith([{ type: 'switch', title: 's', nodes: [actionNode(request)] }]);
  const nodes = eachNode(value.nodes);
  assert.deepEqual(
    nodes.map((node) => node.path),
    ['/nodes/0', '/nodes/0/nodes/0'],
  );
  assert.deepEqual(
    nodes.flatMap(actionsOf).map((action) => action.path),
    ['/nodes/0/nodes/0/params/actions/0'],
  );
});

test('a behavior of HTTP requests and placeholders can run', () => {
  assert.deepEqual(remarksOnBehavior(behaviorWith([actionNode(request, setJson)]).value), []);
});

test('events, nodes, conditions and actions that cannot run are remarked by path', () => {
  const { value } = behaviorWith(
    [
      {
        type: 'switch',
        title: 'Which',
        nodes: [
          {
            type: 'outcome',
            title: 'This',
            params: {
              groups: [{ any: 0, conditions: [{ condition: 'point', oper: 'is', value: 'global' }] }],
            },
            nodes: [actionNode({ action: 'worklist_open' }, { action: 'acme.unheard' })],
          },
        ],
      },
    ],
    { event: { key: 'event.mail.received' }, variables: { var_f: { type: 'F' } } },
  );
  const remarks = remarksOnBehavior(value);
  assert.deepEqual(
    remarks.map((remark) => remark.path),
    [
      '/event/key',
      '/variables/var_f/type',
      '/nodes/0/nodes/0/params/groups/0/conditions/0',
      '/nodes/0/nodes/0/nodes/0/params/actions/0/action',
      '/nodes/0/nodes/0/nodes/0/params/actions/1/action',
    ],
  );
  assert.match(remarks[3]?.message ?? '', /"worklist_open" \(Open worklist\) cannot run yet/);
  assert.match(remarks[4]?.message ?? '', /"acme\.unheard" is not known here/);
});

test('of a disabled node and what hangs below it nothing is remarked', () => {
  const { value } = behaviorWith([
    { type: 'loop', title: 'l', status: 'disabled', nodes: [actionNode({ action: 'send_message' })] },
  ]);
  assert.deepEqual(remarksOnBehavior(value), []);
});

test('what an import left of {{{name}}} is quoted and refuses to run', () => {
  const { value } = behaviorWith([actionNode({ ...setJson, value: 'a {{{nobody}}} b' })]);
  assert.deepEqual(
    remarksOnBehavior(value).map((remark) => [remark.path, remark.message.slice(0, 14)]),
    [['/nodes/0/params/actions/0/value', '{{{nobody}}} w']],
  );
});

test("a bot's own limits on events and actions count, but not for built-in actions", () => {
  const { value } = behaviorWith([actionNode(request, setJson)]);
  const bot = (params: object) => ({
    name: 'Bot',
    uri: null,
    owner: { context: 'app', id: '0' } as const,
    isDisabled: false,
    params: { ...params },
    image: null,
  });
  assert.deepEqual(remarksOnBehavior(value, bot({ actions: { mode: 'all', items: [] } })), []);
  assert.equal(remarksOnBehavior(value, bot({ actions: { mode: 'allow', items: [] } })).length, 1);
  assert.equal(
    remarksOnBehavior(value, bot({ events: { mode: 'deny', items: ['event.macro.bot'] } })).length,
    1,
  );
});

test('accounts are named with the pointer of their parameter; 0, empty and left-over tags are none', () => {
  const bound = (id: unknown) => ({ ...request, auth_connected_account_id: id });
  const { value } = behaviorWith([
    actionNode(bound('A1'), bound(12), bound('0'), bound(''), bound('{{{acct}}}'), { ...request, auth: '' }),
  ]);
  assert.deepEqual(
    accountsOf(value).map((one) => one.id),
    ['A1', '12'],
  );
  assert.equal(accountsOf(value)[0]?.path, '/nodes/0/params/actions/0/auth_connected_account_id');
});
