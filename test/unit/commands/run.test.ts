import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fromRoot } from '../../../server/root.ts';
import { command } from '../../support/command.ts';

const folder = mkdtempSync(join(tmpdir(), 'countersign-run-'));
after(() => rmSync(folder, { recursive: true, force: true }));

/** Settings no command could start with, and a data folder that must not appear. */
const badEnv = { PORT: 'planted', COUNTERSIGN_DATA: join(folder, 'data'), DATABASE_URL: 'planted' };

const documented = [
  'serve',
  'demo [--package FILE]',
  'sandbox [--port N] [--public-origin URL]... [--consumer KEY:SECRET]',
  'migrate',
  'worker add EMAIL [--admin]',
  'api-key create NAME [--admin] [--account ID]...',
  'package check FILE',
  'package plan FILE [--set KEY=VALUE]...',
  'package import FILE [--set KEY=VALUE]...',
  'account list',
  'account show ACCOUNT',
  'account link ACCOUNT [--wait]',
  'account credentials ACCOUNT',
  'account test ACCOUNT',
  'account unlink ACCOUNT',
  "request ACCOUNT METHOD URL [-H 'Name: value']... [-d BODY] [--explain] [--fail]",
  'behavior list',
  'behavior run BEHAVIOR [--set var_x=VALUE]...',
  'behavior simulate BEHAVIOR [--set var_x=VALUE]...',
  'key add',
  'key activate KEY',
  'key reencrypt',
  'key retire KEY',
  'key status',
  'backup FILE',
  'restore FILE',
  'doctor',
  'sign',
];

test('--help names every command, on stdout, and reads neither settings nor database', async () => {
  const { code, out, err } = await command(['--help'], { env: badEnv });
  assert.equal(code, 0);
  assert.equal(err, '');
  for (const usage of documented) assert.ok(out.includes(`  ${usage}`), usage);
  assert.equal(existsSync(badEnv.COUNTERSIGN_DATA), false);
});

test('--help after a command tells its use and runs nothing', async () => {
  const { code, out } = await command(['worker', 'add', '--help'], { env: badEnv });
  assert.equal(code, 0);
  assert.match(out, /^countersign worker add EMAIL \[--admin\]\n/);
  assert.equal(existsSync(badEnv.COUNTERSIGN_DATA), false);
});

for (const argv of [
  [],
  ['nonsense'],
  ['account'],
  ['worker', 'add'],
  ['worker', 'add', 'a@example.com', 'b@example.com'],
  ['account', 'list', '--nonsense'],
  ['package', 'import', 'file.json', '--set', 'no-equals-sign'],
  ['request', 'a', 'GET', 'https://api.twitter.com/', '-H', 'no colon'],
  ['sandbox', '--port', '70000'],
  ['sandbox', '--port', ''],
  ['sandbox', '--consumer', 'key-without-secret'],
  ['sandbox', '--public-origin', 'no url'],
  ['sandbox', '--profile', 'nonsense'],
]) {
  test(`a wrong call ends with 2 and says why on stderr: countersign ${argv.join(' ')}`, async () => {
    const { code, out, err } = await command(argv, { env: { COUNTERSIGN_DATA: join(folder, 'wrong-call') } });
    assert.equal(code, 2, err);
    assert.equal(out, '');
    assert.notEqual(err, '');
  });
}

test('the first word of a group shows the commands of the group', async () => {
  const { err } = await command(['account']);
  assert.match(err, /account link ACCOUNT/);
  assert.doesNotMatch(err, /behavior/);
});

test('a bad setting stops any other command with every fault named', async () => {
  const { code, out, err } = await command(['account', 'list'], {
    env: { ...badEnv, LOG_LEVEL: 'planted', COUNTERSIGN_URL: 'ftp://planted' },
  });
  assert.equal(code, 1);
  assert.equal(out, '');
  for (const name of ['PORT', 'DATABASE_URL', 'LOG_LEVEL', 'COUNTERSIGN_URL'])
    assert.match(err, new RegExp(name));
  assert.doesNotMatch(err, /planted/);
  assert.equal(existsSync(badEnv.COUNTERSIGN_DATA), false);
});

test('a database that cannot be opened is named with the remedy, and the exit code is 1', async () => {
  const file = join(folder, 'no-database');
  writeFileSync(file, 'this is no database, and long enough to be taken for one that is broken '.repeat(20));
  const env = { COUNTERSIGN_DATA: join(folder, 'opened'), DATABASE_URL: `sqlite:${file}` };
  const { code, out, err } = await command(['account', 'list', '--json'], { env });
  assert.equal(code, 1);
  assert.match(err, /The database cannot be opened \(SQLITE_NOTADB\)\. Check DATABASE_URL/);
  assert.equal(JSON.parse(out).error.code, 'database_unavailable');
});

interface Vector {
  id: string;
  expect: { baseString: string; signature: string; authorizationHeader: string };
  params: { signatureMethod: string };
}

test('sign answers each line, refused ones with a code, and ends with 0', async () => {
  const vectors: Vector[] = JSON.parse(readFileSync(fromRoot('test/vectors/oauth1.json'), 'utf8'));
  const some = vectors.filter(({ params }) => params.signatureMethod === 'HMAC-SHA1').slice(0, 20);
  const lines = [...some.map((vector) => JSON.stringify(vector)), '', 'no json', '{"id":9007199254740993}'];
  const { code, out, err } = await command(['sign'], { env: badEnv, stdin: lines.join('\n') });
  assert.equal(code, 0);
  assert.equal(err, '');
  const answers = out.trimEnd().split('\n');
  assert.equal(answers.length, some.length + 2);
  some.forEach((vector, index) => {
    const answer = JSON.parse(answers[index] ?? '');
    assert.deepEqual(Object.keys(answer), [
      'id',
      'wireUrl',
      'baseString',
      'signature',
      'authorizationHeader',
    ]);
    assert.equal(answer.id, vector.id);
  });
  assert.equal(JSON.parse(answers.at(-2) ?? '').error.code, 'not_json');
  assert.match(answers.at(-1) ?? '', /^\{"id":9007199254740993,"error":/);
  assert.equal(existsSync(badEnv.COUNTERSIGN_DATA), false);
});

test('package check reads neither settings nor database, and ends with 1 only for faults', async () => {
  const good = await command(['package', 'check', fromRoot('packages/twitter.json')], { env: badEnv });
  assert.equal(good.code, 0, good.err);
  assert.equal(good.out, '');
  const bad = join(folder, 'bad.json');
  writeFileSync(bad, '{"package":{},\n  "records": [{"uid":"a"}]}');
  const told = await command(['package', 'check', bad], { env: badEnv });
  assert.equal(told.code, 1);
  assert.match(told.out, /^\/records\/0: .*\(line 2, column 15\)/m);
  const json = await command(['package', 'check', bad, '--json'], { env: badEnv });
  assert.equal(json.code, 1);
  assert.ok(JSON.parse(json.out).faults.length > 0);
  assert.equal(json.err, '');
  assert.equal(existsSync(badEnv.COUNTERSIGN_DATA), false);
});

test('a file that is not there is named', async () => {
  const { code, err } = await command(['package', 'check', join(folder, 'nowhere.json')]);
  assert.equal(code, 1);
  assert.match(err, /nowhere\.json cannot be read/);
});
