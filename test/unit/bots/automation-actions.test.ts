/** The automation's HTTP request and setting variables, with tools that keep what was asked of them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PlainRequest } from '../../../server/bots/action.ts';
import { automationHttpRequest, encodeBody } from '../../../server/bots/actions/automation-http-request.ts';
import { isVariableAction, setVariable } from '../../../server/bots/actions/set-variable.ts';
import type { CerbResponse } from '../../../server/delivery/cerb-response.ts';
import { HubError } from '../../../server/errors.ts';
import { refusingTools } from '../../support/bots.ts';

const fine: CerbResponse = {
  content_type: 'application/json',
  headers: { 'content-type': 'application/json' },
  body: '{"id": 9007199254740993}',
  info: { url: 'https://api.example/', http_code: 404 },
  error: '',
  delivery_id: 'd',
};

async function run(inputs: object, answer: CerbResponse | HubError = fine) {
  const sent: { request: PlainRequest; account: string | undefined }[] = [];
  const values: Record<string, unknown> = {};
  const tools = refusingTools({
    set: (name, value) => {
      values[name] = value;
    },
    account: async (ref) => ({ id: `id of ${ref}`, name: ref }),
    send: async (request, account) => {
      sent.push({ request, account });
      if (answer instanceof HubError) throw answer;
      return answer;
    },
  });
  await automationHttpRequest.run({ inputs, output: 'out' }, tools);
  return { sent: sent[0], out: values.out as Record<string, unknown> };
}

const url = 'https://api.example/things';

test('any answer is a success, with the body as it came', async () => {
  const { sent, out } = await run({ url, authentication: 'cerb:connected_account:support', timeout: 5 });
  assert.equal(sent?.account, 'id of support');
  assert.deepEqual([sent?.request.method, sent?.request.timeoutMs, sent?.request.body], ['GET', 5000, '']);
  assert.deepEqual(out, {
    status_code: 404,
    url,
    content_type: 'application/json',
    headers: { 'content-type': 'application/json' },
    body: '{"id": 9007199254740993}',
  });
});

test('a binary answer is a data URI, and says so', async () => {
  const { out } = await run(
    { url },
    { ...fine, content_type: 'image/png', body: 'data:image/png;base64,AAA=' },
  );
  assert.equal(out.is_data_uri, true);
});

test('a dictionary is sent as the type of the request asks', async () => {
  const body = { a: 'x y', list: ['1', '2'], deep: { b: true } };
  const json = await run({ method: 'post', url, headers: { 'Content-Type': 'application/json' }, body });
  assert.equal(json.sent?.request.body, '{"a":"x y","list":["1","2"],"deep":{"b":true}}');
  const form = await run({ method: 'POST', url, body });
  assert.equal(form.sent?.request.body, 'a=x%20y&list%5B0%5D=1&list%5B1%5D=2&deep%5Bb%5D=1');
  assert.deepEqual(form.sent?.request.headers, [['Content-Type', 'application/x-www-form-urlencoded']]);
  assert.equal(encodeBody({ a: { b: 'c' } }, 'application/yaml'), 'a:\n  b: c\n');
  const text = await run({
    method: 'PUT',
    url,
    headers: 'X-One: 1\nContent-Type: text/plain',
    body: 'as it is',
  });
  assert.equal(text.sent?.request.body, 'as it is');
});

test('what cannot be sent leaves its error in the output, and the behavior goes on', async () => {
  const refused = await run({ url }, new HubError('host_not_allowed', 'That host is not allowed.'));
  assert.deepEqual(refused.out, { error: 'That host is not allowed.', url });
  const broken = await run({ url }, { ...fine, body: null, error: 'No answer came in time.' });
  assert.deepEqual(broken.out, { error: 'No answer came in time.', url });
  for (const inputs of [
    { url: '' },
    { url, timeout: '61' },
    { url: `https://a.example/${'x'.repeat(2048)}` },
  ]) {
    const { sent, out } = await run(inputs);
    assert.equal(sent, undefined);
    assert.ok(out.error);
  }
});

test('an authentication that names no account sends nothing, unsigned least of all', async () => {
  for (const authentication of [
    'support',
    'cerb:bot:1',
    'cerb:connected_account:0',
    'cerb:connected_account:',
  ]) {
    const { sent, out } = await run({ url, authentication });
    assert.equal(sent, undefined, authentication);
    assert.match(String(out.error), /never sent unsigned/);
  }
});

test('what is missing is remarked before anything runs', () => {
  const paths = (params: Record<string, unknown>) =>
    automationHttpRequest.remarks(params).map(({ path }) => path);
  assert.deepEqual(paths({ inputs: { url }, output: 'out' }), []);
  assert.deepEqual(paths({ inputs: { method: 'BREW', response: {} } }), [
    '/inputs/url',
    '/inputs/method',
    '/output',
    '/inputs/response',
  ]);
});

test('a variable is set by the action of its name: a text, a list, one worker', async () => {
  assert.ok(isVariableAction('var_x') && !isVariableAction('var_') && !isVariableAction('_set_custom_var'));
  const set: [string, unknown][] = [];
  const tools = refusingTools({
    setVariable: (key, value) => {
      set.push([key, value]);
      return value;
    },
  });
  await setVariable('var_x').run({ value: ' a ' }, tools);
  await setVariable('var_list').run({ value: ['a', 'b'] }, tools);
  await setVariable('var_worker').run({ worker_id: ['7'] }, tools);
  assert.deepEqual(set, [
    ['var_x', 'a'],
    ['var_list', ['a', 'b']],
    ['var_worker', '7'],
  ]);
});

test('what Cerb takes from calendars, worklists and shifts is refused with a reason', () => {
  const { remarks } = setVariable('var_x');
  for (const params of [{ mode: 'calendar' }, { search_mode: 'quick_search' }, { worker_id: ['1', '2'] }]) {
    assert.equal(remarks(params).length, 1, JSON.stringify(params));
  }
});
