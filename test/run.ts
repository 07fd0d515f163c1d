/**
 * Runs all tests, or the files named as arguments: `npm test [-- test/flows/link.test.ts]`. Starts a throw-away
 * MariaDB first, and says loudly what had to be left out. The last line is `N passed, N failed`.
 */
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { startMariadb } from './support/mariadb.ts';
import { createTally } from './support/tally.ts';

const folder = import.meta.dirname;
const leftOut: string[] = [];
const named = process.argv.slice(2).map((file) => resolve(file));
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

const tally = createTally();
const stream = run({ files, concurrency: 2, timeout: 300_000 });
stream.on('test:pass', tally.pass);
stream.on('test:fail', tally.fail);
const report = stream.compose(new spec());
report.pipe(process.stdout, { end: false });
await once(report, 'end');
await server?.stop();

const { lines, exitCode } = tally.sum(leftOut, Boolean(process.env.CI));
console.log(lines.join('\n'));
process.exitCode = exitCode;

/** Unit tests first, then flows, then the browser, so that the cheapest news comes first. */
function testFiles(): string[] {
  const tests = ['unit', 'flows', 'browser'].flatMap((name) => {
    const all = readdirSync(join(folder, name), { recursive: true, encoding: 'utf8' });
    return all
      .filter((file) => file.endsWith('.test.ts'))
      .sort()
      .map((file) => join(folder, name, file));
  });
  return [join(folder, 'architecture.test.ts'), ...tests];
}
