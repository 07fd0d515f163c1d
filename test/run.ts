/**
 * Runs all tests, or the files named as arguments: `npm test [-- test/flows/link.test.ts]`. Starts a throw-away
 * MariaDB first, and says loudly what had to be left out. The last line is `N passed, N failed`.
 */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { startMariadb } from './support/mariadb.ts';

const folder = import.meta.dirname;
const leftOut: string[] = [];
const named = process.argv.slice(2);
const files = named.length > 0 ? named : testFiles();

const server = process.env.TEST_MYSQL_URL ? undefined : await startMariadb();
if (server) process.env.TEST_MYSQL_URL = server.url;
if (!process.env.TEST_MYSQL_URL)
  leftOut.push('everything on MariaDB: no mariadbd here and no TEST_MYSQL_URL');

process.env.TEST_CHROMIUM ??= [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
].find((file) => existsSync(file));
if (!process.env.TEST_CHROMIUM)
  leftOut.push('everything in a browser: no Chromium here and no TEST_CHROMIUM');

const took: { title: string; ms: number }[] = [];
let passed = 0;
let failed = 0;
let skipped = 0;
const stream = run({ files, concurrency: 2, timeout: 300_000 });
stream.on('test:pass', (event) => {
  if (event.details.type === 'suite' || isFile(event.name)) return;
  if (event.skip !== undefined || event.todo !== undefined) skipped++;
  else passed++;
  took.push({ title: event.name, ms: event.details.duration_ms });
});
stream.on('test:fail', (event) => {
  if (
    event.details.type === 'suite' ||
    (isFile(event.name) && event.details.error.message.includes('subtest'))
  )
    return;
  failed++;
});
stream.compose(new spec()).pipe(process.stdout, { end: false });
await new Promise((resolve) => stream.once('end', resolve));
await server?.stop();

took.sort((a, b) => b.ms - a.ms);
console.log('\nThe ten slowest tests:');
for (const { title, ms } of took.slice(0, 10)) console.log(`  ${(ms / 1000).toFixed(1)} s  ${title}`);
for (const what of leftOut) console.log(`\nLEFT OUT: ${what}`);
if (leftOut.length > 0 && process.env.CI) failed++;
console.log(`\n${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;

/** Unit tests first, then flows, then the browser, so that the cheapest news comes first. */
function testFiles(): string[] {
  return ['architecture.test.ts', 'unit', 'flows', 'browser'].flatMap((entry) => {
    if (entry.endsWith('.ts')) return [join(folder, entry)];
    return readdirSync(join(folder, entry), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.test.ts'))
      .sort()
      .map((name) => join(folder, entry, name));
  });
}

/** The runner reports each file as a test of its own; those are not counted. */
function isFile(name: string): boolean {
  return name.endsWith('.test.ts');
}
