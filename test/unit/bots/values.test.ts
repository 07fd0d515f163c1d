import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isTemplatePath } from '../../../server/bots/records.ts';
import { limitTranscript, limitValues, maskTexts } from '../../../server/bots/values.ts';
import { parseJson, writeJson } from '../../../server/json.ts';

test('texts are masked at every depth, keys too, and numbers keep their digits', () => {
  const value = parseJson('{"planted":[{"id":1212092628029698048,"t":"x planted y"}],"n":null}');
  const masked = maskTexts(value, (text) => text.replaceAll('planted', '***'));
  assert.equal(writeJson(masked), '{"***":[{"id":1212092628029698048,"t":"x *** y"}],"n":null}');
});

test('the largest values give way to a note until the rest fits', () => {
  const limited = limitValues({ small: 'a', large: 'b'.repeat(2000) }, 1000);
  assert.deepEqual(limited, { small: 'a', large: '[left out: 2002 bytes]' });
});

test('a long transcript is cut entry by entry', () => {
  const entry = {
    node: '/nodes/0',
    title: 't',
    action: 'a',
    status: 'done' as const,
    text: 'x'.repeat(1000),
  };
  const [cut] = limitTranscript([entry], 400);
  assert.equal(cut?.text, `${'x'.repeat(100)}\n[left out: 900 characters]`);
  assert.deepEqual(limitTranscript([entry], 8000), [entry]);
});

const paths: [path: (string | number)[], isTemplate: boolean][] = [
  [['title'], false],
  [['nodes', 0, 'title'], false],
  [['nodes', 0, 'params', 'actions', 0, 'http_url'], true],
  [['nodes', 0, 'params', 'actions', 0, 'http_body'], true],
  [['nodes', 0, 'params', 'actions', 0, 'auth_connected_account_id'], false],
  [['nodes', 0, 'params', 'actions', 0, 'options', 'raw_response_body'], false],
  [['nodes', 0, 'params', 'actions', 0, 'response_placeholder'], false],
  [['nodes', 0, 'nodes', 2, 'params', 'actions', 11, 'message'], true],
  [['nodes', 0, 'params', 'actions', 0, 'behavior_id'], false],
  [['nodes', 0, 'params', 'foreach_json'], true],
  [['nodes', 0, 'params', 'groups', 0, 'conditions', 0, 'tpl'], true],
  [['nodes', 0, 'params', 'groups', 0, 'conditions', 0, 'value'], false],
];
for (const [path, isTemplate] of paths) {
  test(`${path.join('/')} is ${isTemplate ? '' : 'not '}rendered by bots`, () => {
    assert.equal(isTemplatePath(path), isTemplate);
  });
}
