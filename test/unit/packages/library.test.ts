import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseJson } from '../../../server/json.ts';
import { parsePackage } from '../../../server/packages/grammar.ts';
import { readLibrary } from '../../../server/packages/library.ts';
import { buildPlan } from '../../../server/packages/plan.ts';
import { plainTypes } from '../../support/record-types.ts';

const library = readLibrary();

test('the library holds the Twitter package and its bot', () => {
  assert.deepEqual([...library.keys()], ['twitter', 'twitter-bot']);
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
      answers: Object.fromEntries(parsed.package.prompts.map(({ key }) => [key, 'x'])),
      recordTypes: plainTypes,
      skipUnsupported: false,
      newId: () => `ID${++made}`,
      randomBytes: (size) => new Uint8Array(size),
    });
    assert.deepEqual([plan.faults, plan.warnings, plan.unsupported], [[], [], []]);
    assert.ok(plan.records.some(({ item }) => item.uid === 'behavior_post'));
  });
}
