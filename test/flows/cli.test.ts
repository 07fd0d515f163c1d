/** The whole journey by the command line alone, beside a hub that serves the same database. */
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Knex } from 'knex';
import { openDatabase } from '../../server/db/open.ts';
import { createBrowser } from '../../server/demo/browser.ts';
import { fromRoot } from '../../server/root.ts';
import { type CommandOptions, command, databaseUrl, type Outcome, startProgram } from '../support/command.ts';
import { withDatabases } from '../support/databases.ts';
import { consumer, password, startTestHub, type TestHub } from '../support/hub.ts';

const packageFile = fromRoot('packages', 'twitter.json');
const answers = [
  '--set',
  `prompt_client_id=${consumer.key}`,
  '--set',
  `prompt_client_secret=${consumer.secret}`,
];
const me = 'https://api.twitter.com/2/users/me';

withDatabases((database) => {
  const on = database.name;
  let hub: TestHub;
  let db: Knex;
  let env: Record<string, string>;
  let account = '';
  let behavior = '';

  before(async () => {
    const config = await database.create();
    db = openDatabase(config);
    hub = await startTestHub({ database: config });
    const hosts = ['api.twitter.com', 'api.x.com', 'upload.twitter.com', 'upload.x.com'];
    env = {
      PORT: new URL(hub.url).port,
      DATABASE_URL: databaseUrl(config),
      COUNTERSIGN_DATA: hub.dataFolder,
      COUNTERSIGN_CONNECT_TO: hosts.map((host) => `https://${host}=${hub.sandbox.origin}`).join(','),
    };
  });
  after(async () => {
    await db.destroy();
    await hub.close();
  });

  const run = (argv: string[], options: CommandOptions = {}) => command(argv, { env, ...options });
  const json = async (argv: string[], code = 0) => {
    const outcome = await run([...argv, '--json']);
    assert.equal(outcome.code, code, outcome.out + outcome.err);
    assert.equal(outcome.out.trimEnd().split('\n').length, 1, 'one line for machines');
    return JSON.parse(outcome.out);
  };

  test(`${on}: worker add prints one address, with which the worker signs up once`, async () => {
    const { code, out, err } = await run(['worker', 'add', 'grace@example.com']);
    assert.equal(code, 0);
    assert.equal(err, '');
    assert.match(out, new RegExp(`^${hub.url}/welcome/[A-Za-z0-9_-]{43}\n$`));
    const browser = createBrowser();
    const page = await browser.open(out.trim());
    const home = await browser.press(page, /sign in/i, { name: 'Grace', password, password_again: password });
    assert.equal(home.status, 200);
    assert.match(home.html, /Grace/);
    assert.equal((await browser.open(out.trim())).status, 409);
    const again = await run(['worker', 'add', 'grace@example.com']);
    assert.equal(again.code, 1);
    assert.match(again.err, /exists already/);
    assert.equal((await run(['worker', 'add', 'no address'])).code, 1);
    assert.match((await json(['worker', 'add', 'linus@example.com', '--admin'])).url, /\/welcome\//);
  });

  test(`${on}: package plan ends with 1 until the import could be done, and says what is missing`, async () => {
    const asked = await run(['package', 'plan', packageFile]);
    assert.equal(asked.code, 1);
    assert.deepEqual(JSON.parse(asked.out).unsupported, []);
    assert.match(asked.err, /it asks for prompt_client_id, prompt_client_secret/);
    const plan = await json(['package', 'plan', packageFile, ...answers]);
    assert.ok(plan.records.length > 2);
    assert.deepEqual((await json(['account', 'list'])).items, [], 'a plan writes nothing');
  });

  test(`${on}: package import prints what was created, and a second one is refused without --new`, async () => {
    const missing = await json(['package', 'import', packageFile], 1);
    assert.equal(missing.error.code, 'prompts_missing');
    const made = await json(['package', 'import', packageFile, ...answers]);
    account = made.records_created['cerberusweb.contexts.connected_account'].account_twitter.id;
    behavior = made.records_created['cerberusweb.contexts.behavior'].behavior_post.id;
    assert.equal(
      (await json(['package', 'import', packageFile, ...answers], 1)).error.code,
      'already_imported',
    );
    const plan = await run(['package', 'plan', packageFile, ...answers]);
    assert.equal(plan.code, 1);
    assert.match(plan.err, /imported before \(--update changes what it made, --new makes a new copy\)/);
    assert.equal((await run(['package', 'plan', packageFile, ...answers, '--new'])).code, 0);
  });

  test(`${on}: package import --update changes what was made, and asks for no secret again`, async () => {
    const plan = await json(['package', 'plan', packageFile, '--update']);
    assert.ok(plan.records.every((record: { action: string }) => record.action === 'unchanged'));
    const { records_modified } = await json(['package', 'import', packageFile, '--update']);
    assert.deepEqual(records_modified, {});
    const edits = ['--overwrite', 'service_twitter'];
    assert.equal((await run(['package', 'import', packageFile, '--update', ...edits])).code, 0);
    assert.equal((await run(['package', 'import', packageFile, '--update', '--new'])).code, 2);
    assert.equal((await run(['package', 'import', packageFile, ...edits])).code, 2);
  });

  test(`${on}: package imports lists what was imported, and package undo takes a copy back`, async () => {
    const copy = await json(['package', 'import', packageFile, ...answers, '--new']);
    const undone = await json(['package', 'undo', copy.import_id]);
    assert.equal(undone.removed.length, 8);
    assert.deepEqual(undone.left, []);
    const { out, err } = await run(['package', 'imports']);
    assert.equal(err, '');
    assert.match(out, new RegExp(`^${copy.import_id}  \\S+  new  .*  undone$`, 'm'));
    assert.equal((await json(['package', 'undo', copy.import_id], 1)).error.code, 'conflict');
  });

  test(`${on}: accounts are listed and shown, by id or uri`, async () => {
    const { out } = await run(['account', 'list']);
    assert.match(out, new RegExp(`^${account}  unlinked  `, 'm'));
    const shown = await json(['account', 'show', account]);
    assert.equal(shown.id, account);
    assert.equal(shown.status, 'unlinked');
    await hub.api('PATCH', `/connected-accounts/${account}`, { uri: 'bird' });
    assert.equal((await json(['account', 'show', 'bird'])).id, account);
    assert.equal((await json(['account', 'show', 'nobody'], 1)).error.code, 'not_found');
  });

  test(`${on}: an unlinked account signs nothing`, async () => {
    hub.sandbox.journal.clear();
    const { code, out, err } = await run(['request', 'bird', 'GET', me]);
    assert.equal(code, 1);
    assert.equal(out, '');
    assert.match(err, /is not linked/);
    assert.deepEqual(hub.sandbox.journal.entries(), []);
  });

  test(`${on}: a behavior that fails ends with 1 and says why on stderr`, async () => {
    const { code, err } = await run(['behavior', 'run', behavior, '--set', 'var_text=x']);
    assert.equal(code, 1);
    assert.match(err, /is not linked/);
  });

  /** Runs `account link --wait` and does something with the printed address meanwhile. */
  async function linkMeanwhile(act: (address: string) => Promise<unknown>): Promise<Outcome> {
    let acting: Promise<unknown> | undefined;
    const outcome = await run(['account', 'link', 'bird', '--wait'], {
      onOut: (text) => {
        acting = act(text);
      },
    });
    await acting;
    return outcome;
  }

  async function consent(address: string, button: RegExp): Promise<void> {
    const browser = createBrowser();
    const page = await browser.open(address);
    const remote = await browser.press(page, /^Continue to /);
    await browser.press(remote, button, { user: 'alice' });
  }

  test(`${on}: account link --wait ends with 1 when the person says no`, async () => {
    const { code, err } = await linkMeanwhile((address) => consent(address, /cancel|deny/i));
    assert.equal(code, 1);
    assert.match(err, /not linked: denied/);
  });

  test(`${on}: account link --wait ends with 1 when the address expires`, async () => {
    const { code, err } = await linkMeanwhile(async () => {
      await db('link_flows').update({ expires_at: 1 });
    });
    assert.equal(code, 1);
    assert.match(err, /not linked: expired/);
  });

  test(`${on}: account link --wait ends with 1 when it is interrupted`, async () => {
    const outcome = await run(['account', 'link', 'bird', '--wait'], { interrupted: Promise.resolve() });
    assert.equal(outcome.code, 1);
    assert.equal(outcome.out.trimEnd().split('\n').length, 1);
  });

  test(`${on}: account link --wait prints the address alone and ends with 0 once linked`, async () => {
    const { code, out, err } = await linkMeanwhile((address) => consent(address, /^Authorize/));
    assert.equal(code, 0);
    assert.match(out, new RegExp(`^${hub.url}/link/\\S+\n$`));
    assert.equal(err, 'linked\n');
    assert.equal((await json(['account', 'show', 'bird'])).status, 'linked');
    assert.equal((await json(['account', 'test', 'bird'])).identity.name, 'alice');
  });

  test(`${on}: request sends the body alone to stdout, status and headers to stderr`, async () => {
    const { code, out, err } = await run(['request', 'bird', 'get', me, '-H', 'Accept: application/json']);
    assert.equal(code, 0, err);
    assert.equal(JSON.parse(out).data.username, 'alice');
    assert.match(err, /^HTTP 200\n/);
    assert.match(err, /^content-type: application\/json/im);
    const answer = await json(['request', 'bird', 'GET', me]);
    assert.equal(answer.info.http_code, 200);
    assert.match(answer.body, /"username":"alice"/);
  });

  test(`${on}: request --explain shows how it was signed, secrets masked; --fail makes an error of a 404`, async () => {
    const { err } = await run(['request', 'bird', 'GET', me, '--explain']);
    assert.match(err, /Base string/);
    assert.match(err, /\[masked, \d+ characters\]/);
    assert.doesNotMatch(err, new RegExp(consumer.secret));
    const nowhere = 'https://api.twitter.com/2/nowhere';
    assert.equal((await run(['request', 'bird', 'GET', nowhere])).code, 0);
    assert.equal((await run(['request', 'bird', 'GET', nowhere, '--fail'])).code, 1);
    const refused = await run(['request', 'bird', 'GET', 'https://example.com/', '--json']);
    assert.equal(refused.code, 1);
    assert.equal(JSON.parse(refused.out).error.code, 'host_not_allowed');
  });

  test(`${on}: request -d sends any text, and a binary answer arrives byte for byte`, async () => {
    const blob = Buffer.from(Array.from({ length: 512 }, (_, i) => i % 256));
    const seen: string[] = [];
    const server = createServer(async (request, response) => {
      let body = '';
      for await (const chunk of request) body += chunk;
      seen.push(`${request.method} ${request.url} ${request.headers['x-two']} ${body}`);
      response.writeHead(200, { 'Content-Type': 'video/mp4', 'X-Twice': ['a', 'b'] });
      response.end(blob);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    // A server that listens on TCP has an AddressInfo.
    const { port } = server.address() as AddressInfo;
    const elsewhere = { ...env, COUNTERSIGN_CONNECT_TO: `https://api.twitter.com=http://127.0.0.1:${port}` };
    const argv = [
      'request',
      'bird',
      'POST',
      'https://api.twitter.com/blob',
      '-d',
      'ä=💎\n',
      '-H',
      'X-Two: 2',
      '-H',
      'Content-Type: text/plain',
    ];
    const { code, bytes, err } = await run(argv, { env: elsewhere });
    server.close();
    assert.equal(code, 0, err);
    assert.deepEqual(bytes, blob);
    assert.match(err, /^x-twice: a\nx-twice: b$/im);
    assert.deepEqual(seen, ['POST /blob 2 ä=💎\n']);
  });

  test(`${on}: behaviors are listed, run and simulated with --set`, async () => {
    const { out } = await run(['behavior', 'list']);
    assert.match(out, new RegExp(`^${behavior}  runnable  `, 'm'));
    const text = `From the command line on ${on}, a=b 💎`;
    const done = await json(['behavior', 'run', behavior, '--set', `var_text=${text}`]);
    assert.equal(done.status, 'done');
    assert.ok(done.transcript.length > 0);
    assert.equal((await run(['behavior', 'simulate', behavior, '--set', `var_text=${text} again`])).code, 0);
    const unknown = await run(['behavior', 'run', behavior, '--set', 'var_nonsense=1']);
    assert.equal(unknown.code, 1);
    assert.match(unknown.err, /var_nonsense/);
    assert.equal((await run(['behavior', 'run', 'nobody'])).code, 1);
  });

  test(`${on}: api-key create prints the key alone, and it reaches the accounts given to it only`, async () => {
    const { code, out, err } = await run(['api-key', 'create', 'programs', '--account', 'bird']);
    assert.equal(code, 0, err);
    assert.match(out, /^cs_[A-Za-z0-9_-]{43}\n$/);
    const key = out.trim();
    assert.equal((await hub.api('GET', `/connected-accounts/${account}`, undefined, key)).status, 200);
    assert.equal(
      (await hub.api('POST', `/connected-accounts/bird/request`, { method: 'GET', url: me }, key)).status,
      200,
    );
    assert.equal((await hub.api('GET', '/bots', undefined, key)).status, 403);
    const admin = await json(['api-key', 'create', 'admins', '--admin']);
    assert.equal((await hub.api('GET', '/bots', undefined, admin.key)).status, 200);
    assert.equal((await run(['api-key', 'create', 'x', '--account', 'nobody'])).code, 1);
  });

  test(`${on}: account unlink forgets; account credentials takes what a person pastes, once it is accepted`, async () => {
    assert.equal((await json(['account', 'unlink', 'bird'])).ok, true);
    assert.equal((await json(['account', 'show', 'bird'])).status, 'unlinked');
    const wrong = JSON.stringify({ oauth_token: 'planted-token', oauth_token_secret: 'planted-secret' });
    const refused = await run(['account', 'credentials', 'bird'], { stdin: wrong });
    assert.equal(refused.code, 1);
    assert.doesNotMatch(refused.out + refused.err, /planted/);
    assert.equal((await run(['account', 'credentials', 'bird'], { stdin: 'no json' })).code, 1);
    const { token, tokenSecret } = hub.sandbox.issueToken(consumer.key, 'alice');
    const right = JSON.stringify({ oauth_token: token, oauth_token_secret: tokenSecret });
    const taken = await run(['account', 'credentials', 'bird', '--json'], { stdin: right });
    assert.equal(taken.code, 0, taken.err);
    assert.equal(JSON.parse(taken.out).status, 'linked');
    hub.sandbox.revokeToken(token);
    assert.equal((await run(['account', 'test', 'bird'])).code, 1);
    assert.equal((await run(['account', 'credentials', 'bird', '--force'], { stdin: wrong })).code, 0);
  });

  test(`${on}: doctor finds an installation sound, and says what is wrong with one that is not`, async () => {
    // The account was forced to take credentials that the remote service refuses, which a test notes.
    assert.equal((await run(['account', 'test', 'bird'])).code, 1);
    const { findings } = await json(['doctor'], 1);
    const wrong = findings.filter(({ state }: { state: string }) => state === 'wrong');
    assert.deepEqual(
      wrong.map(({ what }: { what: string }) => what),
      ['accounts'],
    );
    assert.match(wrong[0].text, /to be linked again: .*revoked/);
    await db('connected_accounts').update({ status: 'linked', expires_at: null });
    const sound = await run(['doctor']);
    assert.equal(sound.code, 0, sound.out);
    assert.match(sound.out, /^ok +sealed values +\d+, all of them open$/m);
    assert.match(sound.out, /^note +connect-to /m);

    const [{ sealed_credentials: sealed }] = await db('connected_accounts').where({ id: account });
    await db('connected_accounts').where({ id: account }).update({ sealed_credentials: 'v1:k1:AAAA' });
    const changed = await run(['doctor']);
    assert.equal(changed.code, 1);
    assert.match(
      changed.out,
      new RegExp(`^WRONG +sealed values +.*connected_accounts\\.sealed_credentials ${account}`, 'm'),
    );
    await db('connected_accounts').where({ id: account }).update({ sealed_credentials: sealed });

    const masterKey = { COUNTERSIGN_MASTER_KEY: Buffer.alloc(32, 9).toString('base64') };
    const keyless = await run(['doctor'], { env: { ...env, ...masterKey } });
    assert.equal(keyless.code, 1);
    assert.match(keyless.out, /^WRONG +keys +The database was sealed under master key/m);
    const nowhere = await run(['doctor'], { env: { ...env, DATABASE_URL: 'sqlite:/dev/null/nowhere' } });
    assert.equal(nowhere.code, 1);
  });

  test(`${on}: keys are shown by id and state, never themselves`, async () => {
    const { keys } = await json(['key', 'status']);
    assert.equal(keys.length, 1);
    assert.deepEqual(Object.keys(keys[0]), ['id', 'state', 'master_key', 'sealed']);
    assert.equal(keys[0].state, 'active');
    assert.ok(keys[0].sealed > 0);
    assert.match(
      (await run(['key', 'status'])).out,
      /^k1 {2}active {2}wrapped by m[0-9a-f]{12} {2}\d+ values\n$/,
    );
    assert.equal((await json(['key', 'retire', 'k1'], 1)).error.code, 'in_use');
    assert.equal((await json(['key', 'activate', 'k9'], 1)).error.code, 'not_found');
  });

  // Each step waits some seconds for serving processes, which one database shows as well as two.
  if (on === 'SQLite')
    test('the key is changed by commands one after another while the hub serves', async () => {
      assert.equal((await run(['key', 'add'])).out, 'k2\n');
      assert.equal((await run(['key', 'activate', 'k2'])).out, 'k2 is active\n');
      assert.match((await run(['key', 'reencrypt'])).out, /^[1-9]\d* values sealed anew\n$/);
      assert.equal((await run(['key', 'retire', 'k1'])).out, 'k1 is retired\n');
      const { token, tokenSecret } = hub.sandbox.issueToken(consumer.key, 'alice');
      const credentials = { oauth_token: token, oauth_token_secret: tokenSecret };
      assert.equal(
        (await hub.api('PUT', `/connected-accounts/${account}/credentials`, credentials)).status,
        200,
      );
      const sent = await hub.api('POST', `/connected-accounts/${account}/request`, {
        method: 'GET',
        url: me,
      });
      assert.equal(sent.body.info.http_code, 200);
      const [{ sealed_credentials: sealed }] = await db('connected_accounts').where({ id: account });
      assert.match(sealed, /^v1:k2:/);
    });

  test(`${on}: the same as a process: stdout carries the answer alone`, async () => {
    const listed = startProgram(['account', 'list', '--json'], env);
    assert.equal(await listed.ended, 0, listed.err());
    assert.equal(listed.err(), '');
    assert.equal(JSON.parse(listed.out()).items[0].id, account);
  });
});

test('sign as a process answers lines from stdin, and creates nothing', async () => {
  const data = join(fromRoot(), 'nowhere-at-all');
  const line = `${JSON.stringify({ id: 'a\u2028b', request: 1 })}\n`;
  const signing = startProgram(['sign'], { PORT: 'planted', COUNTERSIGN_DATA: data }, line);
  assert.equal(await signing.ended, 0);
  assert.equal(JSON.parse(signing.out()).id, 'a\u2028b');
});
