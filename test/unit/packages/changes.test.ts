import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { changesBetween, marksAfter, withChanges } from '../../../server/packages/changes.ts';

interface Described {
  fields: Record<string, unknown>;
  secrets: { path: string; label: string; mark: string }[];
}

const nothingOpen = { isOpen: () => false };
const all = { ...nothingOpen, takes: () => true };
const none = { ...nothingOpen, takes: () => false };

function described(fields: Record<string, unknown>, secrets: Record<string, string> = {}): Described {
  return { fields, secrets: Object.entries(secrets).map(([path, mark]) => ({ path, label: path, mark })) };
}

function marksOf(record: Described): Record<string, string> {
  return marksAfter(record, [], nothingOpen);
}

function told(stored: Described, proposed: Described, imported: Described = stored) {
  const changes = changesBetween(stored, proposed, { ...none, written: marksOf(imported) });
  return changes.map(({ path, from, to, isLocalEdit }) => [path, from, to, isLocalEdit]);
}

test('objects are compared key by key, a list as a whole', () => {
  const stored = described({ name: 'A', params: { scope: 'read', hosts: ['a', 'b'] } });
  const proposed = described({ name: 'A', params: { scope: 'write', hosts: ['a'], more: { deep: 1 } } });
  assert.deepEqual(told(stored, proposed), [
    ['/params/scope', 'read', 'write', false],
    ['/params/hosts', ['a', 'b'], ['a'], false],
    ['/params/more/deep', null, 1, false],
  ]);
});

test('what the package no longer has is a change to nothing, unless it never had it', () => {
  const imported = described({ name: 'A', uri: 'a' });
  assert.deepEqual(told(imported, described({ name: 'A' })), [['/uri', 'a', null, false]]);
  const stored = described({ name: 'A', note: 'ours' });
  assert.deepEqual(told(stored, described({ name: 'A' }), described({ name: 'A' })), [
    ['/note', 'ours', null, true],
  ]);
});

test('a field somebody changed is a local edit, whether the package changed it too or not', () => {
  const imported = described({ name: 'A' });
  assert.deepEqual(told(described({ name: 'B' }), described({ name: 'C' }), imported), [
    ['/name', 'B', 'C', true],
  ]);
  assert.deepEqual(told(described({ name: 'B' }), imported, imported), [['/name', 'B', 'A', true]]);
  assert.deepEqual(told(described({ name: 'C' }), described({ name: 'C' }), imported), []);
});

test('without a memory of the import every difference is a local edit', () => {
  const [change] = changesBetween(described({ a: 1 }), described({ a: 2 }), { ...none, written: undefined });
  assert.deepEqual([change?.isLocalEdit, change?.isTaken], [true, false]);
});

test('a secret differs by its mark and tells no value; one that is not proposed is left alone', () => {
  const stored = described({}, { '/params/secret': 'mark 1', '/params/token': 'mark 2' });
  const proposed = described({}, { '/params/secret': 'mark 3' });
  assert.deepEqual(told(stored, proposed), [['/params/secret', null, null, false]]);
});

test('what waits for an answer is no change and leaves its mark as it was', () => {
  const [stored, proposed] = [described({ a: 1, b: 1 }), described({ a: 2, b: 2 })];
  const isOpen = (path: string) => path === '/a';
  const written = marksOf(stored);
  const changes = changesBetween(stored, proposed, { takes: () => false, written, isOpen });
  assert.deepEqual(
    changes.map(({ path }) => path),
    ['/b'],
  );
  assert.equal(marksAfter(proposed, changes, { written, isOpen })['/a'], written['/a']);
});

test('an edit that is kept is still an edit afterwards; one that is replaced is none', () => {
  const imported = described({ name: 'A' });
  const [stored, proposed] = [described({ name: 'B' }), described({ name: 'C' })];
  const written = marksOf(imported);
  const kept = changesBetween(stored, proposed, { ...none, written });
  const after = marksAfter(proposed, kept, { ...nothingOpen, written });
  assert.equal(changesBetween(stored, proposed, { ...none, written: after })[0]?.isLocalEdit, true);
  const taken = changesBetween(stored, proposed, { ...all, written });
  const replaced = marksAfter(proposed, taken, { ...nothingOpen, written });
  assert.deepEqual(changesBetween(proposed, described({ name: 'D' }), { ...none, written: replaced })[0], {
    path: '/name',
    from: 'C',
    to: 'D',
    isSecret: false,
    isLocalEdit: false,
    isTaken: true,
  });
});

test('taken changes lead to the fields; secrets come from the package, what is not taken stays', () => {
  const stored = described({ name: 'B', params: { a: 1, gone: 2 } }, { '/params/secret': 'mark 1' });
  const proposed = described({ name: 'A', params: { a: 3, 'x/y~z': 4 } }, { '/params/secret': 'mark 2' });
  const changes = changesBetween(stored, proposed, {
    ...nothingOpen,
    written: marksOf(described({ name: 'A', params: { a: 1, gone: 2 } }, { '/params/secret': 'mark 1' })),
    takes: () => false,
  });
  const fields = { params: { secret: 'new value' } };
  assert.deepEqual(withChanges(stored.fields, changes, fields), {
    name: 'B',
    params: { a: 3, 'x/y~z': 4, secret: 'new value' },
  });
});

const json = fc.letrec<{ object: Record<string, unknown>; value: unknown }>((tie) => ({
  object: fc.dictionary(fc.string({ minLength: 1 }), tie('value'), { maxKeys: 4, noNullPrototype: true }),
  value: fc.oneof(
    { maxDepth: 3 },
    fc.string(),
    fc.integer(),
    fc.boolean(),
    fc.array(fc.integer(), { maxLength: 3 }),
    tie('object'),
  ),
}));

test('after all changes were taken nothing differs any more', () => {
  fc.assert(
    fc.property(json.object, json.object, (from, to) => {
      const [stored, proposed] = [described(from), described(to)];
      const written = marksOf(stored);
      const changes = changesBetween(stored, proposed, { ...all, written });
      const merged = described({ ...withChanges(from, changes, {}) });
      const after = marksAfter(proposed, changes, { ...nothingOpen, written });
      assert.deepEqual(changesBetween(merged, proposed, { ...none, written: after }), []);
      assert.deepEqual(after, marksOf(proposed));
    }),
  );
});
