import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { faultTable } from '../../../server/sandbox/fault-table.ts';

test('every fault is described in docs/sandbox.md, and none that does not exist', () => {
  const text = readFileSync(new URL('../../../docs/sandbox.md', import.meta.url), 'utf8');
  const table = text.slice(text.indexOf('## Faults'));
  const named = [...table.matchAll(/^\| (`[^|]+`) \|/gm)].flatMap(([, cell = '']) =>
    [...cell.matchAll(/`([^`]+)`/g)].map(([, name]) => name),
  );
  assert.deepEqual(named.toSorted(), Object.keys(faultTable).toSorted());
});
