/** Holds the layout of docs/decisions/0001-layout.md: who may import whom, no cycles, no forbidden shortcuts. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { test } from 'node:test';
import ts from 'typescript';

const root = join(import.meta.dirname, '..');
const files = readdirSync(join(root, 'server'), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts'))
  .map((name) => join('server', name));

interface Import {
  from: string;
  /** A file of ours, or a package name. */
  to: string;
  isType: boolean;
}

const imports = files.flatMap(importsOf);
const own = imports.filter(({ to }) => to.startsWith('server/'));

/** Rooms everybody may use: words, ids, JSON, transactions, and the shared machinery of DESIGN. */
const commons = [
  'errors.ts',
  'happenings.ts',
  'id.ts',
  'json.ts',
  'paging.ts',
  'root.ts',
  'config.ts',
  'vault.ts',
  'jobs.ts',
  'db/transaction.ts',
  'people/actor.ts',
  'people/secret-hash.ts',
  'http/route.ts',
  'delivery/*',
].map((path) => `server/${path}`);

/** Feature -> other features it may import, beside the commons. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  bots: ['connections', 'packages/record-type.ts', 'templates'],
  channels: ['bots', 'connections'],
  chats: ['bots'],
  connections: ['packages/record-type.ts'],
  db: [],
  delivery: [],
  http: [],
  notices: ['webhooks/standard-webhook.ts'],
  packages: ['templates'],
  people: [],
  sandbox: [],
  schedules: ['bots', 'connections'],
  settings: ['packages/record-type.ts'],
  templates: [],
  webhooks: ['bots', 'connections', 'packages/record-type.ts'],
};

/** What starts the product, and may know the hub and the sandbox. */
const composers = [
  'server/main.ts',
  'server/cli.ts',
  'server/demo.ts',
  'server/commands/server.ts',
  'server/commands/run.ts',
  'server/commands/sandbox.ts',
  'server/commands/sandbox-profile.ts',
  'server/commands/service-profile.ts',
];

/** Rooms that put others together: their imports are free, but nobody else may import them. */
const compositions = ['commands', 'demo'];

test('a feature imports only what DESIGN lets it import', () => {
  const wrong = own.filter(({ from, to }) => {
    const feature = featureOf(from);
    if (feature === undefined || featureOf(to) === feature || compositions.includes(feature)) return false;
    if (feature !== 'sandbox' && commons.some((common) => matches(to, common))) return false;
    return !(mayImport[feature] ?? []).some(
      (allowed) => to === `server/${allowed}` || to.startsWith(`server/${allowed}/`),
    );
  });
  assert.deepEqual(wrong.map(show), []);
});

test('every folder of server/ is a feature that has its rule', () => {
  const folders = new Set(files.flatMap((file) => featureOf(file) ?? []));
  assert.deepEqual(
    [...folders].filter((folder) => !(folder in mayImport) && !compositions.includes(folder)),
    [],
  );
});

test('nobody imports the hub but what starts it', () => {
  const wrong = own.filter(
    ({ from, to, isType }) => to === 'server/hub.ts' && !composers.includes(from) && !isType,
  );
  assert.deepEqual(wrong.map(show), []);
});

test('the sandbox shares nothing with the rest, the signer least of all', () => {
  const wrong = imports.filter(
    ({ from, to }) =>
      from.startsWith('server/sandbox/') &&
      (to === 'oauth-1.0a' || (to.startsWith('server/') && !to.startsWith('server/sandbox/'))),
  );
  assert.deepEqual(wrong.map(show), []);
  const inbound = own.filter(
    ({ from, to }) =>
      to.startsWith('server/sandbox/') && !from.startsWith('server/sandbox/') && !composers.includes(from),
  );
  assert.deepEqual(inbound.map(show), []);
});

test('no two files import each other, directly or around corners', () => {
  const graph = new Map<string, string[]>();
  for (const { from, to, isType } of own) if (!isType) graph.set(from, [...(graph.get(from) ?? []), to]);
  assert.deepEqual(findCycle(graph), undefined);
});

test('pages and API reach the database only through verbs and stores', () => {
  const wrong = imports.filter(
    ({ from, to }) => /\/(pages|api)[^/]*\.ts$/.test(from) && to === 'knex' && !isTypeOnly(from, to),
  );
  assert.deepEqual(wrong.map(show), []);
});

test('inside a feature pages and API are imported by nobody but the hub', () => {
  const wrong = own.filter(
    ({ from, to }) =>
      /\/(pages|api)\.ts$/.test(to) && featureOf(from) !== undefined && !/\/(pages|api)[^/]*\.ts$/.test(from),
  );
  assert.deepEqual(wrong.map(show), []);
});

test('each outside library for one purpose is touched in one room', () => {
  const rooms: Readonly<Record<string, RegExp>> = {
    knex: /^server\/db\//,
    undici: /^server\/delivery\//,
    twing: /^server\/templates\//,
    croner: /^server\/bots\/recurrence\.ts$/,
    nodemailer: /^server\/delivery\/mail\.ts$/,
    aws4: /^server\/connections\/providers\/aws\.ts$/,
    oauth4webapi: /^server\/connections\/oauth2\/tokens\.ts$/,
    'oauth-1.0a': /^server\/connections\/oauth1\//,
    '@node-rs/argon2': /^server\/people\//,
    'ajv/dist/2020.js': /^server\/packages\/schema\.ts$/,
    'lossless-json': /^server\/json\.ts$/,
    'prom-client': /^server\/http\/metrics\.ts$/,
    pino: /^server\/(log|hub)\.ts$/,
    handlebars: /^server\/(http|sandbox)\/views\.ts$|^server\/sandbox\//,
  };
  const wrong = imports.filter(
    ({ from, to, isType }) => !isType && rooms[to] !== undefined && !rooms[to].test(from),
  );
  assert.deepEqual(wrong.map(show), []);
});

test('the environment is read at the doors only, and handed on as Config', () => {
  const readers = files.filter((file) => /process\.env/.test(stripComments(source(file))));
  assert.deepEqual(
    // createHub() is a door too: a program that embeds the hub calls it with its channels alone.
    readers.filter((file) => !['server/cli.ts', 'server/hub.ts'].includes(file)),
    [],
  );
});

test('no file of the product grew past 250 lines', () => {
  const long = files
    .map((file) => ({ file, lines: source(file).split('\n').length - 1 }))
    .filter(({ lines }) => lines > 250);
  assert.deepEqual(long, []);
});

test('views never print unescaped', () => {
  const views = readdirSync(join(root, 'views'), { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.hbs'),
  );
  const raw = views.filter((name) => /\{\{\{|\{\{&/.test(readFileSync(join(root, 'views', name), 'utf8')));
  assert.deepEqual(raw, []);
});

test('views hold no script and no style of their own', () => {
  const views = readdirSync(join(root, 'views'), { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.hbs'),
  );
  const inline = views.filter((name) =>
    /<style|<script(?![^>]*\bsrc=)|\sstyle=|\son[a-z]+="|javascript:/i.test(
      readFileSync(join(root, 'views', name), 'utf8'),
    ),
  );
  assert.deepEqual(inline, []);
});

function importsOf(file: string): Import[] {
  const tree = ts.createSourceFile(file, source(file), ts.ScriptTarget.Latest);
  return tree.statements.flatMap((statement) => {
    const isImport = ts.isImportDeclaration(statement);
    if (!isImport && !ts.isExportDeclaration(statement)) return [];
    const specifier = statement.moduleSpecifier;
    if (!specifier || !ts.isStringLiteral(specifier)) return [];
    const isType = isImport
      ? statement.importClause?.isTypeOnly === true || everyNameIsType(statement.importClause)
      : statement.isTypeOnly;
    const to = specifier.text.startsWith('.')
      ? relative(root, join(root, dirname(file), specifier.text))
      : specifier.text;
    return [{ from: file, to, isType }];
  });
}

function everyNameIsType(clause: ts.ImportClause | undefined): boolean {
  const bindings = clause?.namedBindings;
  if (!clause || clause.name || !bindings || !ts.isNamedImports(bindings)) return false;
  return bindings.elements.length > 0 && bindings.elements.every((element) => element.isTypeOnly);
}

function isTypeOnly(from: string, to: string): boolean {
  return imports.every((entry) => entry.from !== from || entry.to !== to || entry.isType);
}

function featureOf(file: string): string | undefined {
  const [, feature, ...rest] = file.split('/');
  return rest.length > 0 ? feature : undefined;
}

function matches(file: string, pattern: string): boolean {
  return pattern.endsWith('/*') ? file.startsWith(pattern.slice(0, -1)) : file === pattern;
}

function findCycle(graph: ReadonlyMap<string, readonly string[]>): string[] | undefined {
  const done = new Set<string>();
  const visit = (file: string, path: string[]): string[] | undefined => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file];
    if (done.has(file)) return undefined;
    for (const next of graph.get(file) ?? []) {
      const cycle = visit(next, [...path, file]);
      if (cycle) return cycle;
    }
    done.add(file);
    return undefined;
  };
  for (const file of graph.keys()) {
    const cycle = visit(file, []);
    if (cycle) return cycle;
  }
  return undefined;
}

function source(file: string): string {
  return readFileSync(join(root, file), 'utf8');
}

function stripComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');
}

function show({ from, to }: Import): string {
  return `${from} -> ${to}`;
}
