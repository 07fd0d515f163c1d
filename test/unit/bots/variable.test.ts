import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseVariables, readInputs, variablesJson } from '../../../server/bots/variable.ts';
import { writeJson } from '../../../server/json.ts';

const now = Date.UTC(2030, 0, 1);

function declare(type: string, params: object = {}, more: object = {}) {
  return parseVariables({ var_x: { key: 'var_x', label: 'x', type, is_private: '0', params, ...more } }, '')
    .value;
}

test('variables come back in the shape in which packages write them', () => {
  const written = {
    var_query: { key: 'var_query', label: 'query', type: 'S', is_private: '0', params: { widget: 'single' } },
  };
  const { value, faults } = parseVariables(written, '/variables');
  assert.deepEqual(faults, []);
  assert.deepEqual(variablesJson(value), written);
});

test('an empty list stands for no variables, as PHP writes an empty object', () => {
  assert.deepEqual(parseVariables([], ''), { value: [], faults: [] });
  assert.deepEqual(parseVariables(undefined, ''), { value: [], faults: [] });
  assert.deepEqual(declare('N', [])[0]?.params, {});
});

test('faults of variables are named by pointer', () => {
  const { faults } = parseVariables({ query: {}, var_a: 'text', var_b: { params: 'x' } }, '/variables');
  assert.deepEqual(
    faults.map((fault) => fault.path),
    ['/variables/query', '/variables/var_a', '/variables/var_b/params'],
  );
  assert.equal(parseVariables(['var_a'], '/variables').faults[0]?.path, '/variables');
});

const accepted: [type: string, params: object, given: unknown, value: string][] = [
  ['S', {}, 'a "b"', '"a \\"b\\""'],
  ['S', {}, 12, '"12"'],
  ['T', {}, 'one\ntwo', '"one\\ntwo"'],
  ['N', {}, '42', '42'],
  ['N', {}, '-007', '-7'],
  ['N', {}, '1212092628029698048', '1212092628029698048'],
  ['O', {}, '12.7', '12'],
  ['Y', {}, 3, '3'],
  ['C', {}, true, '1'],
  ['C', {}, '0', '0'],
  ['D', { options: 'forever\r\nonce' }, 'once', '"once"'],
  ['E', {}, '1893456000', '1893456000'],
  ['E', {}, '2030-01-01T00:00:00Z', '1893456000'],
  ['E', {}, 'now', String(now / 1000)],
  ['E', {}, '+2 hours', String(now / 1000 + 7200)],
  ['E', {}, '2030-01-01 08:00 +0200', '1893477600'],
  ['U', {}, 'https://a.test/?q=1', '"https://a.test/?q=1"'],
  ['L', {}, '01KAPG0000000000000000000H', '"01KAPG0000000000000000000H"'],
  ['M', {}, 'a\n\nb', '["a","b"]'],
  ['X', { options: 'a\nb' }, ['b'], '["b"]'],
];
for (const [type, params, given, value] of accepted) {
  test(`a variable of the type ${type} takes ${JSON.stringify(given)} as ${value}`, () => {
    const { values, problems } = readInputs(declare(type, params), { var_x: given }, now);
    assert.deepEqual(problems, []);
    assert.equal(writeJson(values.var_x), value);
  });
}

const refused: [type: string, params: object, given: unknown][] = [
  ['S', {}, { a: 1 }],
  ['N', {}, 'many'],
  ['C', {}, 'perhaps'],
  ['D', { options: 'forever\nonce' }, 'never'],
  ['E', {}, 'some day'],
  ['U', {}, ['https://a.test']],
  ['X', { options: 'a\nb' }, ['c']],
];
for (const [type, params, given] of refused) {
  test(`a variable of the type ${type} does not take ${JSON.stringify(given)}, and says what it wants`, () => {
    const { problems } = readInputs(declare(type, params), { var_x: given }, now);
    assert.match(problems[0] ?? '', /^var_x must be /);
  });
}

test('what is not given starts empty by its type', () => {
  const empty = (type: string, params = {}) => readInputs(declare(type, params), {}, now).values.var_x;
  assert.equal(empty('S'), '');
  assert.equal(empty('N'), null);
  assert.equal(empty('C'), 0);
  assert.equal(empty('C', { checkbox_default_on: '1' }), 1);
  assert.deepEqual(empty('M'), []);
});

test('private and unknown variables are refused by name, with those that are taken', () => {
  const [open] = declare('S');
  const hidden = parseVariables({ var_h: { type: 'S', is_private: '1' } }, '').value;
  assert.ok(open);
  const { problems } = readInputs([open, ...hidden], { var_h: 'a', var_y: 'b' }, now);
  assert.equal(problems.length, 2);
  assert.match(problems[1] ?? '', /var_y is no public variable of this behavior: it takes var_x\./);
});
