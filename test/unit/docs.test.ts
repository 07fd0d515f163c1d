/** Holds the documents to the code: links, settings, commands, codes, parameters, examples of packages. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { runCommand } from '../../server/commands/run.ts';
import { checks } from '../../server/connections/oauth1/service-checks.ts';
import { errorTable } from '../../server/errors.ts';
import { checkPackageText } from '../../server/package-check.ts';
import { fromRoot } from '../../server/root.ts';

const pages = [
  ...readdirSync(fromRoot('docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name)),
  ...readdirSync(fromRoot()).filter((name) => name.endsWith('.md')),
];

test('every relative link leads to a file, and to a heading where it names one', () => {
  const broken = pages.flatMap((page) =>
    linksOf(page).filter((link) => {
      const [path = '', heading] = link.split('#');
      const target = path === '' ? page : join(dirname(page), path);
      if (!existsSync(fromRoot(target))) return true;
      return heading !== undefined && !headingsOf(target).includes(heading);
    }),
  );
  assert.deepEqual(broken, []);
});

test('every page of docs/ can be reached from the README', () => {
  const reached = new Set(['README.md']);
  for (const page of reached) {
    for (const link of linksOf(page)) {
      const target = join(dirname(page), link.split('#')[0] ?? '');
      const file = target.endsWith('/') ? join(target, 'README.md') : target;
      if (pages.includes(file)) reached.add(file);
    }
  }
  assert.deepEqual(
    pages.filter((page) => page.startsWith('docs') && !reached.has(page)),
    [],
  );
});

test('no page names a path of somebody’s machine', () => {
  const named = pages.filter((page) => /(^|[\s"'`(=])\/(home|root|work|Users|tmp)\//m.test(read(page)));
  assert.deepEqual(named, []);
});

test('operations.md tells of every setting, and of none that is not read', () => {
  const source = read('server/config.ts');
  const known = new Set(
    [...source.matchAll(/(?:read[^(]*|text)\(\s*'([A-Z_]+)'|env\.([A-Z_]+)/g)].map(([, a, b]) => a ?? b),
  );
  assert.deepEqual(firstColumn(read('docs/operations.md'), '## Settings'), [...known].sort());
});

test('operations.md tells of every command as --help does', async () => {
  let help = '';
  const say = (text: string) => {
    help += `${text}\n`;
  };
  const io = {
    out: say,
    outBytes: () => {},
    err: say,
    stdin: () => ({
      [Symbol.asyncIterator]: () => ({ next: async () => ({ done: true as const, value: undefined }) }),
    }),
    readFile: () => Promise.reject(new Error('no file')),
    writeFile: () => Promise.reject(new Error('no file')),
    env: {},
    interrupted: Promise.resolve(),
  };
  assert.equal(await runCommand(['--help'], io), 0);
  const commands = [...help.matchAll(/^ {2}(\S.*)$/gm)].map(([, usage]) => `countersign ${usage}`);
  assert.ok(commands.length > 20);
  assert.deepEqual(firstColumn(read('docs/operations.md'), '## Command line'), commands.sort());
});

test('api.md tells of every error code with its status', () => {
  const rows = [...read('docs/api.md').matchAll(/^\| (\d{3}) \| `(\w+)` \|/gm)];
  assert.deepEqual(
    Object.fromEntries(rows.map(([, status, code]) => [code, Number(status)])),
    Object.fromEntries(Object.entries(errorTable).map(([code, { status }]) => [code, status])),
  );
});

test('packages.md tells of every parameter of a service', () => {
  assert.deepEqual(
    firstColumn(read('docs/packages.md'), '## Parameters of an OAuth 1.0a service'),
    Object.keys(checks).sort(),
  );
});

test('every package in packages.md can be imported', () => {
  const examples = [...read('docs/packages.md').matchAll(/```json\n([\s\S]*?)```/g)].map(
    ([, text]) => text ?? '',
  );
  assert.ok(examples.length > 0);
  for (const example of examples) {
    assert.deepEqual(checkPackageText(example), { faults: [], unsupported: [], warnings: [] });
  }
});

test('packages.md names every package that ships', () => {
  const told = read('docs/packages.md');
  assert.deepEqual(
    readdirSync(fromRoot('packages')).filter((file) => !told.includes(`(../packages/${file})`)),
    [],
  );
});

test('every decision has its number, its three parts and its line in the list', () => {
  const list = read('docs/decisions/README.md');
  for (const file of readdirSync(fromRoot('docs', 'decisions')).filter((name) => name !== 'README.md')) {
    const text = read(`docs/decisions/${file}`);
    const [, number, title] = /^# (\d{4}) (.+)\n/.exec(text) ?? [];
    assert.ok(number !== undefined && file.startsWith(`${number}-`), file);
    for (const part of ['## Context', '## Decision', '## Consequences']) assert.ok(text.includes(part), file);
    assert.ok(list.includes(`| [${number}](${file}) | ${title} |`), `${file} in the list`);
  }
});

test('the README begins with the lines that set everything up', () => {
  assert.match(read('README.md'), /^npm ci && npm run demo$/m);
  assert.match(read('README.md'), /^npm ci && npm test$/m);
});

function read(path: string): string {
  return readFileSync(fromRoot(path), 'utf8');
}

/** Targets of links in prose; addresses on the web and code are left out. */
function linksOf(page: string): string[] {
  const prose = read(page)
    .replace(/```[\s\S]*?```/g, '')
    .replace(/`[^`\n]*`/g, '');
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, link = '']) =>
    /^[a-z]+:/.test(link) ? [] : link,
  );
}

/** Headings as anchors, the way code hosts make them. */
function headingsOf(page: string): string[] {
  if (!page.endsWith('.md')) return [];
  return [...read(page).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\w\s-]/g, '')
      .replace(/\s/g, '-'),
  );
}

/** What stands as code in the first column of a section's tables, sorted. */
function firstColumn(page: string, heading: string): string[] {
  const section = page.slice(page.indexOf(`${heading}\n`)).split(/\n## /)[0] ?? '';
  return [...section.matchAll(/^\| (`[^|]*`) \|/gm)]
    .flatMap(([, cell = '']) => [...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name))
    .sort();
}
