import assert from 'node:assert/strict';
import { test } from 'node:test';
import { conditionHolds, groupsHold } from '../../../server/bots/condition.ts';
import type { Variable } from '../../../server/bots/variable.ts';
import { parseJson } from '../../../server/json.ts';

const now = Date.UTC(2030, 0, 2, 9, 30); // a Wednesday

const values = {
  message: 'Where is my ORDER?',
  empty: '',
  http_params: { id: '42' },
  http_headers: { 'X-Hub-Event': 'push' },
  var_n: 5,
  var_id: parseJson('9007199254740993'),
  var_c: 1,
  var_d: 'Blue',
  var_list: ['a', 'b'],
  var_date: now / 1000,
  var_worker: 'KIM',
  ctx: ['1', '2'],
};

const variable = (key: string, type: string): Variable => ({
  key,
  type,
  label: key,
  isPrivate: false,
  params: {},
});
const variables = [
  variable('var_n', 'N'),
  variable('var_id', 'N'),
  variable('var_c', 'C'),
  variable('var_d', 'D'),
  variable('var_list', 'X'),
  variable('var_date', 'E'),
  variable('var_worker', 'W'),
];

const tools = {
  values,
  variables,
  now,
  timeZone: 'UTC',
  render: async (template: string) =>
    template.replace(/\{\{'(.*)'\|date\('U'\)\}\}/, (_, text) => String(Date.parse(text) / 1000)),
  matches: async (text: string, pattern: string) => new RegExp(pattern.slice(1, -2), 'i').test(text),
};

const cases: [condition: Record<string, unknown>, holds: boolean][] = [
  [{ condition: 'message', oper: 'is', value: 'where is my order?' }, true],
  [{ condition: 'message', oper: '!is', value: 'where is my order?' }, false],
  [{ condition: 'message', value: 'where is my order?' }, true],
  [{ condition: 'message', oper: 'contains', value: 'Order' }, true],
  [{ condition: 'message', oper: '!contains', value: 'refund' }, true],
  [{ condition: 'message', oper: 'like', value: 'where*order?' }, true],
  [{ condition: 'message', oper: 'like', value: 'is my' }, false],
  [{ condition: 'message', oper: 'like', value: '*is*my*' }, true],
  [{ condition: 'message', oper: 'like', value: 'where*where*' }, false],
  [{ condition: 'message', oper: 'like', value: '*' }, true],
  [{ condition: 'empty', oper: 'like', value: '' }, true],
  [{ condition: 'message', oper: 'regexp', value: '/^where .*order/i' }, true],
  [{ condition: 'message', oper: '!regexp', value: '/^refund/i' }, true],
  [{ condition: 'message', oper: 'sounds', value: 'x' }, false],
  [{ condition: 'nothing', oper: 'is', value: '' }, true],
  [{ condition: '_custom_script', tpl: '  yes\n', oper: 'is', value: 'YES' }, true],
  [{ condition: '_custom_script', tpl: 'no', oper: 'is', value: 'yes' }, false],
  [{ condition: 'http_param', name: 'id', oper: 'is', value: '42' }, true],
  [{ condition: 'http_param', name: 'constructor', oper: 'is', value: '' }, true],
  [{ condition: 'http_header', name: 'x_hub_event', oper: 'is', value: 'push' }, true],
  [{ condition: 'headers', header: 'X-Hub-Event', oper: 'is', value: 'push' }, true],
  [{ condition: 'headers', header: 'x-other', oper: 'is', value: '' }, true],
  [{ condition: 'var_n', oper: 'is', value: '5' }, true],
  [{ condition: 'var_n', oper: 'gt', value: '4' }, true],
  [{ condition: 'var_id', oper: 'is', value: '9007199254740993' }, true],
  [{ condition: 'var_id', oper: 'is', value: '9007199254740992' }, false],
  [{ condition: 'var_id', oper: 'gt', value: '9007199254740992' }, true],
  [{ condition: 'var_n', oper: 'lt', value: '5.5' }, true],
  [{ condition: 'var_n', oper: 'lt', value: '5' }, false],
  [{ condition: 'var_n', oper: '!gt', value: '5' }, true],
  [{ condition: 'var_c', bool: '1' }, true],
  [{ condition: 'var_c', bool: '0' }, false],
  [{ condition: 'is_first', bool: '0' }, true],
  [{ condition: 'var_d', oper: 'in', values: ['Red', 'Blue'] }, true],
  [{ condition: 'var_d', oper: '!in', values: ['Red', 'Blue'] }, false],
  [{ condition: 'var_list', oper: 'in', values: ['b', 'c'] }, true],
  [{ condition: 'var_list', oper: 'is', values: ['a', 'b'] }, true],
  [{ condition: 'var_list', oper: 'is', values: ['a', 'c'] }, false],
  [{ condition: 'var_worker', oper: 'in', worker_id: ['KIM'] }, true],
  [{ condition: 'var_worker', oper: '!in', worker_id: ['KIM'] }, false],
  [{ condition: 'var_date', oper: 'is', from: '2030-01-01', to: '2030-01-03' }, true],
  [{ condition: 'var_date', oper: '!is', from: '2030-01-01', to: '2030-01-03' }, false],
  [{ condition: 'var_date', oper: 'is', from: '2031-01-01', to: '2031-01-03' }, false],
  [{ condition: '_day_of_week', oper: 'is', day: ['3'] }, true],
  [{ condition: '_day_of_week', oper: '!is', day: ['3', '4'] }, false],
  [{ condition: '_month_of_year', month: ['1'] }, true],
  [{ condition: '_day_of_month', oper: 'is', value: '2' }, true],
  [{ condition: '_time_of_day', from: '9:00', to: '17:00' }, true],
  [{ condition: '_time_of_day', from: '5pm', to: '9am' }, false],
  [{ condition: '_time_of_day', from: '22:00', to: '9:45 am' }, true],
];

test('a condition holds as the table of tokens, operators and values says', async () => {
  for (const [condition, holds] of cases)
    assert.equal(await conditionHolds(condition, tools), holds, JSON.stringify(condition));
});

test('days and hours are those of the time zone', async () => {
  const tokyo = { ...tools, now: Date.UTC(2030, 0, 2, 20), timeZone: 'Asia/Tokyo' };
  assert.equal(await conditionHolds({ condition: '_day_of_week', day: ['4'] }, tokyo), true);
  assert.equal(await conditionHolds({ condition: '_time_of_day', from: '5:00', to: '5:00' }, tokyo), true);
});

test('all groups must hold; of a group all conditions, or one where it says any; an empty one holds', async () => {
  const yes = { condition: 'var_c', bool: '1' };
  const no = { condition: 'var_c', bool: '0' };
  const group = (any: number, ...conditions: object[]) => ({ any, conditions });
  for (const [groups, holds] of [
    [[], true],
    [undefined, true],
    [[group(0)], true],
    [[group(1)], true],
    [[group(0, yes, yes)], true],
    [[group(0, yes, no)], false],
    [[group(1, no, yes)], true],
    [[group(1, no, no)], false],
    [[group(0, yes), group(0, no)], false],
    [[{ any: '1', conditions: [no, yes] }, group(0, yes)], true],
  ] as const) {
    assert.equal(await groupsHold(groups, tools), holds, JSON.stringify(groups));
  }
});
