/** docs/templates.md names all that templates have, and all that is refused with a reason. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fromRoot } from '../../../server/root.ts';
import { filters, tests } from '../../../server/templates/filters.ts';
import { functions } from '../../../server/templates/functions.ts';
import { refusedNames } from '../../../server/templates/refusal.ts';
import { botTags } from '../../../server/templates/twig.ts';

const page = readFileSync(fromRoot('docs', 'templates.md'), 'utf8');
const section = (title: string) => page.split(`\n## ${title}\n`)[1]?.split('\n## ')[0] ?? '';
const named = (text: string) => new Set(Array.from(text.matchAll(/`([^`]+)`/g), ([, name]) => name));

for (const [title, names] of [
  ['Tags', botTags],
  ['Filters', Object.keys(filters)],
  ['Functions', Object.keys(functions)],
  ['Tests', Object.keys(tests)],
  ['What Cerb has and templates here do not', refusedNames().flatMap((kind) => kind.names)],
] as const)
  test(`the page names everything under "${title}"`, () => {
    const there = named(section(title));
    assert.deepEqual(
      names.filter((name) => !there.has(name)),
      [],
    );
  });

test('nothing is both there and refused', () => {
  const tables: Record<string, object> = { filter: filters, function: functions, test: tests };
  const twice = refusedNames().flatMap(({ kind, names }) =>
    names.filter((name) => Object.hasOwn(tables[kind] ?? {}, name)),
  );
  assert.deepEqual(twice, []);
});
