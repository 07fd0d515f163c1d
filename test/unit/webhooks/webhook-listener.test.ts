import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addressOf, describeListener, parseListener } from '../../../server/webhooks/webhook-listener.ts';

const guid = 'k3qv8d7m2x4b9n6p';
const older = {
  name: 'SMS received',
  guid,
  extension_id: 'cerb.webhooks.listener.engine.va',
  extension_params: { behavior_id: 'B' },
};

function pathsOf(input: Record<string, unknown>): Record<string, string[]> {
  const { faults, unsupported, warnings } = parseListener(input);
  const paths = (remarks: { path: string }[]) => remarks.map(({ path }) => path);
  return { faults: paths(faults), unsupported: paths(unsupported), warnings: paths(warnings) };
}

test('the older shape runs a behavior', () => {
  assert.deepEqual(parseListener(older), {
    value: { name: 'SMS received', guid, behaviorId: 'B', automations: null },
    faults: [],
    unsupported: [],
    warnings: [],
  });
});

test('the newer shape holds automations, which are kept and named as not running', () => {
  const { value, warnings } = parseListener({ name: 'N', guid, automations_kata: 'automation/x:' });
  assert.deepEqual(value, { name: 'N', guid, behaviorId: null, automations: 'automation/x:' });
  assert.equal(warnings.length, 1);
});

test('what is described is read again as the same listener', () => {
  for (const input of [older, { name: 'N', guid, automations_kata: 'automation/x:' }, { name: 'N', guid }]) {
    const { value } = parseListener(input);
    assert.deepEqual(parseListener({ ...describeListener(value, 'behavior').fields }).value, value);
  }
});

test('faults are told by path', () => {
  assert.deepEqual(pathsOf({}).faults, ['/name', '/guid']);
  assert.deepEqual(pathsOf({ ...older, guid: 'short' }).faults, ['/guid']);
  assert.deepEqual(pathsOf({ ...older, guid: '../../etc/passwd/and/more' }).faults, ['/guid']);
  assert.deepEqual(pathsOf({ ...older, extension_params: {} }).faults, ['/extension_params']);
  assert.deepEqual(pathsOf({ ...older, extension_params: { behavior_id: 'B', x: 1 } }).faults, [
    '/extension_params/x',
  ]);
  assert.deepEqual(pathsOf({ ...older, automations_kata: 'x' }).faults, ['/automations_kata']);
});

test('another engine, and fields that are none, cannot be stored', () => {
  assert.deepEqual(pathsOf({ name: 'N', guid, extension_id: 'other', color: 'red' }).unsupported, [
    '/color',
    '/extension_id',
  ]);
});

test('the address is the public origin, /webhooks/ and the guid', () => {
  const { value } = parseListener(older);
  assert.equal(addressOf('https://hub.example', value), `https://hub.example/webhooks/${guid}`);
});
