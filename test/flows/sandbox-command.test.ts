/** `countersign sandbox`: it plays what it is told to, and refuses what it cannot. */
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { readCatalogue } from '../support/catalogue.ts';
import { type CommandOptions, command } from '../support/command.ts';
import { send } from '../support/oauth-client.ts';
import { sendSigned } from '../support/signed-call.ts';

const folder = mkdtempSync(join(tmpdir(), 'countersign-sandbox-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const keys = generateKeyPairSync('rsa', { modulusLength: 2048 });
const keyFile = join(folder, 'key.pem');
writeFileSync(keyFile, keys.publicKey.export({ type: 'spki', format: 'pem' }));
writeFileSync(join(folder, 'none.pem'), 'nothing');

/** Runs the command until `use` is done with it. */
async function withSandbox(
  argv: readonly string[],
  use: (started: { url: string; origins: string[] }) => Promise<void>,
): Promise<void> {
  const { promise: interrupted, resolve: interrupt } = promiseOf<void>();
  const { promise: used, resolve, reject } = promiseOf<void>();
  const options: CommandOptions = {
    env: { PORT: '3999' },
    interrupted,
    onOut: (text) => void use(JSON.parse(text)).then(resolve, reject).finally(interrupt),
  };
  const outcome = await command(['sandbox', ...argv, '--json'], options);
  await used;
  assert.equal(outcome.code, 0, outcome.err);
}

function promiseOf<Value>() {
  let resolve: (value: Value) => void = () => undefined;
  let reject: (reason: unknown) => void = () => undefined;
  const promise = new Promise<Value>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}

let count = 0;
const fresh = () => ({ nonce: `nonce-${++count}`, timestamp: Math.floor(Date.now() / 1000) });

test('a profile is a package of the library, with the origins of its service', () =>
  withSandbox(
    ['--profile', 'discogs', '--public-origin', 'https://other.example'],
    async ({ url, origins }) => {
      assert.deepEqual(origins, ['https://api.discogs.com', 'https://www.discogs.com']);
      assert.match((await send(url, '/', { origin: url })).text, /Sandbox, playing Discogs/);
      const consumer = { key: 'sandbox-consumer', secret: 'sandbox-consumer-secret' };
      const extra = { oauth_callback: 'http://localhost:3999/oauth/callback' };
      const headers = { 'User-Agent': 'Desk/1' };
      for (const origin of ['https://api.discogs.com', 'https://other.example']) {
        const way = { consumer, extra, ...fresh() };
        const answer = await sendSigned(url, '/oauth/request_token', { origin, headers }, way);
        assert.equal(answer.status, 200, answer.text);
        assert.match(answer.text, /oauth_callback_confirmed=true$/);
      }
    },
  ));

test('every package with an OAuth 1.0a service is a profile that is played, prompts answered or not', async () => {
  for (const { id, profile } of readCatalogue())
    await withSandbox(['--profile', id], async ({ url, origins }) => {
      assert.ok(origins.length > 0, id);
      const told = await send(url, '/_sandbox/profile', { origin: url });
      assert.equal(JSON.parse(told.text).name, id);
      assert.equal(JSON.parse(told.text).title, profile.title);
    });
});

test("--set answers the package's prompts", () =>
  withSandbox(['--profile', 'mediawiki', '--set', 'prompt_wiki=wiki.mine.example/w'], async ({ origins }) => {
    assert.deepEqual(origins, ['https://wiki.mine.example']);
  }));

test('a token at hand signs at once, with an empty consumer secret', () =>
  withSandbox(['--profile', 'maas', '--consumer', 'key:', '--token', 'tok:sec'], async ({ url, origins }) => {
    const consumer = { key: 'key', secret: '' };
    const way = { consumer, token: { token: 'tok', secret: 'sec' }, method: 'PLAINTEXT', ...fresh() };
    const path = '/MAAS/api/2.0/users/?op=whoami';
    const answer = await sendSigned(url, path, { origin: origins[0] ?? '' }, way);
    assert.equal(answer.status, 200, answer.text);
  }));

test('RSA signatures are checked with the public key of a file', () =>
  withSandbox(['--profile', 'mastercard', '--public-key', keyFile], async ({ url, origins }) => {
    const consumer = { key: 'sandbox-consumer', secret: '' };
    const way = { consumer, method: 'RSA-SHA256', privateKey: keys.privateKey, ...fresh() };
    const call = {
      method: 'POST',
      origin: origins[0] ?? '',
      body: '{}',
      headers: { 'Content-Type': 'application/json' },
    };
    const signed = await sendSigned(url, '/any/path', call, { ...way, bodyHash: 'sha256' });
    assert.equal(signed.status, 200, signed.text);
    assert.equal((await sendSigned(url, '/any/path', call, { ...way, ...fresh() })).status, 400);
  }));

for (const [argv, code, says] of [
  [['--profile', 'nothing'], 2, /not "nothing"\. There are: plain, .*discogs/],
  [['--profile', 'twitter-bot'], 1, /twitter-bot brings no OAuth 1\.0a service/],
  [['--public-key', join(folder, 'none.pem')], 1, /holds no public key or certificate/],
  [['--public-key', join(folder, 'absent.pem')], 1, /holds no public key or certificate/],
  [['--consumer', 'key'], 2, /--consumer takes KEY:SECRET/],
  [['--token', ':x'], 2, /--token takes TOKEN:SECRET/],
  [['--port', '70000'], 2, /--port takes a number/],
  [['--public-origin', 'nowhere'], 2, /--public-origin takes a URL/],
] as const) {
  test(`sandbox ${argv[0]} ${argv[1].split('/').at(-1)} is refused`, async () => {
    const outcome = await command(['sandbox', ...argv]);
    assert.equal(outcome.code, code);
    assert.equal(outcome.out, '');
    assert.match(outcome.err, says);
  });
}
