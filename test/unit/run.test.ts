import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fromRoot } from '../../server/root.ts';
import { startNode } from '../support/command.ts';
import { createTally } from '../support/tally.ts';

const folder = mkdtempSync(join(tmpdir(), 'countersign-run-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const files: Record<string, string> = {
  good: `
    import { test, describe, it } from 'node:test';
    test('one', () => {});
    test('two', async (t) => { await t.test('within two', () => {}); });
    describe('a suite', () => { it('three', () => {}); });
    test.skip('not now', () => {});`,
  bad: `
    import { test } from 'node:test';
    test('fails', () => { throw new Error('planted'); });
    test('holds', () => {});`,
  crash: `throw new Error('planted crash');`,
  late: `
    import { test } from 'node:test';
    test('holds', () => {});
    setTimeout(() => process.exit(3), 50);
    await new Promise((resolve) => setTimeout(resolve, 1000));`,
};
writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, `${name}.test.ts`), text);

/** Nothing is started or looked for: the addresses are given. */
const given = { TEST_MYSQL_URL: 'mysql://given', TEST_CHROMIUM: '/given' };

async function run(...names: string[]): Promise<{ code: number | null; last: string; out: string }> {
  const paths = names.map((name) => join(folder, `${name}.test.ts`));
  const program = startNode([fromRoot('test', 'run.ts'), ...paths], given);
  const code = await program.ended;
  return { code, last: program.out().trimEnd().split('\n').at(-1) ?? '', out: program.out() };
}

test('tests are counted, files and suites are not, and the slowest are named', async () => {
  const { code, last, out } = await run('good');
  assert.equal(last, '4 passed, 0 failed');
  assert.equal(code, 0);
  assert.match(out, /The ten slowest tests:\n {2}\d+\.\d s {2}/);
  assert.match(out, /^1 skipped$/m);
});

test('a failing test, and a file that crashes before or after its tests, each count as one failure', async () => {
  const all = await run('good', 'bad', 'crash', 'late');
  assert.equal(all.last, '6 passed, 3 failed', all.out);
  assert.equal(all.code, 1);
  const crash = await run('crash');
  assert.equal(crash.last, '0 passed, 1 failed');
  assert.equal(crash.code, 1);
});

test('what is left out is said loudly, and fails where everything must be run', () => {
  const tally = createTally();
  tally.pass({ name: 'a test', details: { duration_ms: 1 } });
  const atHome = tally.sum(['everything on MariaDB'], false);
  assert.equal(atHome.exitCode, 0);
  assert.ok(atHome.lines.includes('LEFT OUT: everything on MariaDB'));
  assert.equal(atHome.lines.at(-1), '1 passed, 0 failed');
  const inCi = tally.sum(['everything on MariaDB'], true);
  assert.equal(inCi.exitCode, 1);
  assert.equal(inCi.lines.at(-1), '1 passed, 1 failed');
});

test('no test at all is no success', () => {
  assert.equal(createTally().sum([], false).exitCode, 1);
});
