/** Forms drawn from a provider's fields: what was stored is shown, and saving what is shown changes nothing. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fieldModels, readParams } from '../../../server/connections/form.ts';
import type { ProviderField } from '../../../server/connections/provider.ts';

const field = (kind: ProviderField['kind']): ProviderField => ({
  key: 'x',
  label: 'X',
  kind,
  required: false,
});

function shown(kind: ProviderField['kind'], value: unknown): string {
  return fieldModels([field(kind)], { x: value }, [])[0]?.value ?? '';
}

function read(kind: ProviderField['kind'], text: string): unknown {
  const form = new FormData();
  form.set('param_x', text);
  return readParams(form, [field(kind)]).x;
}

test('what is stored comes back from its form as it was', () => {
  const cases: [ProviderField['kind'], unknown][] = [
    ['text', 'one, two'],
    ['prose', 'First line, with a comma.\nSecond line.'],
    ['lines', ['First, this.', 'Then that.']],
    ['pairs', { scope: 'read,write', name: 'a=b', empty: '' }],
    ['pairs', { note: 'two\nlines', padded: ' x ' }],
    ['json', { url: 'https://x.example/?a=b', id: 'id' }],
    ['json', { id: 9007199254740991 }],
  ];
  for (const [kind, value] of cases) assert.deepEqual(read(kind, shown(kind, value)), value, kind);
});

test('what has not the form that it should stays text, for the check to name', () => {
  assert.equal(read('pairs', 'scope'), 'scope');
  assert.equal(read('pairs', '{"scope": '), '{"scope":');
  assert.equal(read('json', '{"url": '), '{"url":');
});

test('an emptied field is removed, an emptied secret is kept, and a field that was not sent is neither', () => {
  for (const kind of ['text', 'url', 'select', 'prose', 'lines', 'pairs', 'json'] as const) {
    assert.equal(read(kind, '  '), null, kind);
  }
  assert.equal(read('secret', ''), '');
  assert.deepEqual(readParams(new FormData(), [field('text')]), {});
});

test('a secret is never shown, only that it is set', () => {
  const [model] = fieldModels([field('secret')], { x: { set: true } }, []);
  assert.deepEqual([model?.value, model?.type], ['', 'password']);
  assert.match(model?.help ?? '', /It is set/);
});
