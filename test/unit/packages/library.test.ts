import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { parseJson } from '../../../server/json.ts';
import { parsePackage } from '../../../server/packages/grammar.ts';
import { readLibrary } from '../../../server/packages/library.ts';
import { buildPlan } from '../../../server/packages/plan.ts';
import { fromRoot } from '../../../server/root.ts';
import { plainTypes } from '../../support/record-types.ts';

const library = readLibrary();

test('the library holds the Twitter package, its bot, and more than twenty services beside them', () => {
  assert.ok(library.size > 22, `${library.size} packages`);
  assert.match(library.get('twitter')?.remoteSite?.url ?? '', /^https:\/\//);
  assert.equal(library.get('twitter-bot')?.remoteSite, undefined);
});

for (const { id, text } of library.values()) {
  test(`${id}.json plans without fault, warning or anything unsupported`, () => {
    const parsed = parsePackage(parseJson(text));
    assert.ok(parsed.ok);
    let made = 0;
    const plan = buildPlan({
      package: parsed.package,
      answers: Object.fromEntries(
        parsed.package.prompts.map(({ key, params }) => [
          key,
          typeof params.default === 'string' && params.default !== '' ? params.default : 'x',
        ]),
      ),
      recordTypes: plainTypes,
      skipUnsupported: false,
      newId: () => `ID${++made}`,
      randomBytes: (size) => new Uint8Array(size),
    });
    assert.deepEqual([plan.faults, plan.warnings, plan.unsupported], [[], [], []]);
    assert.ok(plan.records.length > 0);
  });
}

test('docs/packages.md has a row for every package of the library, and no other', () => {
  const page = readFileSync(fromRoot('docs', 'packages.md'), 'utf8');
  const table = page.slice(page.indexOf('## Packages that ship'));
  const rows = [...table.matchAll(/^\| \[`([\w.-]+)\.json`\]/gm)].map(([, id]) => id);
  assert.deepEqual(rows.sort(), [...library.keys()].sort());
});
