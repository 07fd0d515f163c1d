/** Whatever a package holds, reading and planning it ends in a list of what is wrong, never in a crash. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { HubError } from '../../../server/errors.ts';
import { parseJson, writeJson } from '../../../server/json.ts';
import { checkPackageText } from '../../../server/package-check.ts';
import type { PackageCheck } from '../../../server/packages/check.ts';
import { fromRoot } from '../../../server/root.ts';
import { anyJson, mutated } from '../../support/mutate.ts';
import { birdPackage } from '../../support/updates.ts';

const corpus: Record<string, unknown> = {
  service: readJson('test/support/packages/twitter-service.json'),
  bot: readJson('test/support/packages/twitter-bot.json'),
  library: readJson('packages/twitter.json'),
  everything: {
    ...JSON.parse(birdPackage('Birds')),
    behavior_nodes: [
      {
        uid: 'n1',
        behavior_id: '{{{uid.behavior}}}',
        parent_id: 'Call',
        type: 'switch',
        title: 'S',
        nodes: [],
      },
      { uid: 'n2', behavior_id: '{{{uid.behavior}}}', parent_id: 'n1', type: 'outcome', title: 'O' },
    ],
    settings: { 'cerberusweb.core': { helpdesk_title: 'X' } },
    workspaces: [{ uid: 'w', name: 'W', extension_id: 'x', tabs: [] }],
  },
};

for (const [name, original] of Object.entries(corpus)) {
  test(`a damaged package (${name}) is told what is wrong with it`, () => {
    fc.assert(
      fc.property(mutated(original), (value) => {
        const check = tryCheck(writeJson(value));
        for (const remark of [...check.faults, ...check.unsupported, ...check.warnings]) {
          assert.equal(typeof remark.message, 'string');
          assert.match(remark.path, /^$|^\//);
        }
      }),
      { numRuns: 150 },
    );
  });
}

test('anything at all is read or refused', () => {
  fc.assert(fc.property(anyJson, (value) => void tryCheck(writeJson(value))));
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => void tryCheck(text)));
  fc.assert(
    fc.property(anyJson, anyJson, anyJson, (header, records, bots) => {
      tryCheck(writeJson({ package: header, records: [records], bots: [bots], behavior_nodes: [bots] }));
    }),
  );
});

/** A refusal that the asker may read counts as an answer. */
function tryCheck(text: string): PackageCheck {
  try {
    return checkPackageText(text);
  } catch (error) {
    if (error instanceof HubError) return { faults: [], unsupported: [], warnings: [] };
    throw error;
  }
}

function readJson(path: string): unknown {
  return parseJson(readFileSync(fromRoot(path), 'utf8'));
}
