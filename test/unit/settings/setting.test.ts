import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseSetting, settingProblem } from '../../../server/settings/setting.ts';

test('a website is an address of http or https without password', () => {
  for (const good of ['https://example.com', 'http://example.com/help'])
    assert.equal(settingProblem('app_website', good), undefined);
  for (const bad of ['example.com', 'javascript:alert(1)', 'https://a:b@example.com'])
    assert.match(settingProblem('app_website', bad) ?? '', /is an address/);
});

test('a setting is one line of limited length', () => {
  assert.equal(settingProblem('app_name', 'Helpdesk'), undefined);
  assert.match(settingProblem('app_name', 'a\nb') ?? '', /one line/);
  assert.match(settingProblem('app_name', 'x'.repeat(256)) ?? '', /at most 255/);
});

test('a package brings settings that are known here; others cannot be stored', () => {
  const read = (name: unknown, value: unknown) => {
    const { faults, unsupported } = parseSetting({ name, value }, '/settings/countersign/x');
    return [faults.length, unsupported.length];
  };
  assert.deepEqual(read('app_name', 'Helpdesk'), [0, 0]);
  assert.deepEqual(read('app_name', ''), [1, 0]);
  assert.deepEqual(read('app_name', { no: 'text' }), [1, 0]);
  assert.deepEqual(read('app_website', 'nowhere'), [1, 0]);
  assert.deepEqual(read('constructor', 'x'), [0, 1]);
});
