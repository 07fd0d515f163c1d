/** Runs the examples of docs/api.md, in their order, against a whole hub: what the page says is what happens. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { fromRoot } from '../../server/root.ts';
import { consumer, startTestHub, type TestHub } from '../support/hub.ts';

interface Example {
  method: string;
  path: string;
  headers: Record<string, string>;
  body: string | undefined;
  status: number;
  /** Undefined for an answer without a body. */
  answer: unknown;
}

const examples = readExamples(readFileSync(fromRoot('docs', 'api.md'), 'utf8'));
/** Ids of the page -> ids of this hub, learnt from the answers. */
const ids = new Map<string, string>();
let hub: TestHub;
let words: [page: string, real: string][] = [];

before(async () => {
  hub = await startTestHub();
  hub.sandbox.setAccessLevel(consumer.key, 'read-write-directmessages');
  const { token, tokenSecret } = hub.sandbox.issueToken(consumer.key, 'alice');
  words = [
    ['CONSUMER-KEY', consumer.key],
    ['CONSUMER-SECRET', consumer.secret],
    ['ACCESS-TOKEN-SECRET', tokenSecret],
    ['ACCESS-TOKEN', token],
    ['https://YOUR-HUB', hub.url],
    ['http://SANDBOX', hub.sandbox.origin],
  ];
});
after(() => hub.close());

for (const example of examples) {
  test(`docs/api.md: ${example.method} ${example.path} answers ${example.status} as it says`, async () => {
    const { method, headers } = example;
    const body = example.body === undefined ? undefined : toReal(example.body);
    const path = toReal(example.path).replace('/api/v1', '');
    const { status, text } = await hub.api(method, path, body, hub.adminKey, headers);
    assert.equal(status, example.status, text);
    if (example.answer === undefined) assert.equal(text, '');
    else compare(JSON.parse(toPage(text)), example.answer, '');
  });
}

test('docs/api.md has an example of every call', async () => {
  const { body } = await hub.api('GET', '/openapi.json');
  const told = readFileSync(fromRoot('docs', 'api.md'), 'utf8');
  const missing = Object.entries<object>(body.paths).flatMap(([path, methods]) =>
    Object.keys(methods)
      .map((method) => `${method.toUpperCase()} /api/v1${path}`)
      .filter((call) => !new RegExp(call.replace(/\{\w+\}/g, '[^/\\s]+')).test(told)),
  );
  assert.deepEqual(missing, []);
});

/** A ```http block, then "Answers 200:" and a ```json block, or "Answers 204." alone. */
function readExamples(page: string): Example[] {
  const pattern = /```http\n([\s\S]*?)```\n\nAnswers (\d{3})(?:\.|:\n\n```json\n([\s\S]*?)```)/g;
  const found = [...page.matchAll(pattern)].map(([, request = '', status, answer]) => {
    const [head = '', ...rest] = request.trimEnd().split('\n\n');
    const [line = '', ...headers] = head.split('\n');
    const [method = '', path = ''] = line.split(' ');
    return {
      method,
      path,
      headers: Object.fromEntries(headers.map((header) => header.split(': '))),
      body: rest.length === 0 ? undefined : rest.join('\n\n'),
      status: Number(status),
      answer: answer === undefined ? undefined : JSON.parse(answer),
    };
  });
  assert.equal(found.length, page.split('```http').length - 1, 'an http block without its answer');
  return found;
}

function toReal(text: string): string {
  const named = words.reduce((all, [page, real]) => all.replaceAll(page, real), text);
  return named.replace(/\b[0-9A-HJKMNP-TV-Z]{26}\b/g, (id) => ids.get(id) ?? id);
}

function toPage(text: string): string {
  return words.reduce((all, [page, real]) => all.replaceAll(real, page), text);
}

/** Same members, same values. `…` stands for anything: as a value, as a member, or at the end of a list. */
function compare(real: unknown, told: unknown, path: string): void {
  if (typeof told === 'string') compareText(real, told, path);
  else if (Array.isArray(told)) {
    assert.ok(Array.isArray(real), path);
    const isCut = told.at(-1) === '…';
    const kept = isCut ? told.slice(0, -1) : told;
    assert.ok(isCut ? real.length >= kept.length : real.length === kept.length, `${path}: length`);
    for (const [index, item] of kept.entries()) compare(real[index], item, `${path}/${index}`);
  } else if (typeof told === 'object' && told !== null) {
    assert.ok(typeof real === 'object' && real !== null, path);
    const values = new Map<string, unknown>(Object.entries(real));
    const members = new Map<string, unknown>(Object.entries(told));
    const isCut = members.delete('…');
    if (!isCut) assert.deepEqual([...values.keys()].sort(), [...members.keys()].sort(), path);
    for (const [key, value] of members) compare(values.get(key), value, `${path}/${key}`);
  } else assert.equal(real, told, path);
}

function compareText(real: unknown, told: string, path: string): void {
  if (told === '…') return;
  assert.ok(typeof real === 'string', `${path} is text`);
  if (/^[0-9A-HJKMNP-TV-Z]{26}$/.test(told)) {
    assert.match(real, /^[0-9A-HJKMNP-TV-Z]{26}$/, path);
    assert.equal(ids.get(told) ?? real, real, `${path}: one id of the page is one id here`);
    ids.set(told, real);
  } else if (/^\d{4}-\d\d-\d\dT/.test(told))
    assert.match(real, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/, path);
  else {
    const parts = told
      .split(/…|\d+(?= characters\])/)
      .map((part) => part.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&'));
    assert.match(real, new RegExp(`^${parts.join('[\\s\\S]*')}$`), path);
  }
}
