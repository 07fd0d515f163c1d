/** The sandbox as a service that speaks OAuth 2.0 and takes keys: what it gives out, and what it refuses. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, test } from 'node:test';
import { type RunningSandbox, startSandbox } from '../../server/sandbox/start.ts';

const callback = 'http://localhost:3000/oauth/callback';
const app = { client_id: 'app-key', client_secret: 'app-secret' };
const verifier = 'v'.repeat(43);
const challenge = createHash('sha256').update(verifier).digest('base64url');

let sandbox: RunningSandbox;
before(async () => {
  sandbox = await startSandbox({
    port: 0,
    publicOrigins: [],
    consumer: { key: app.client_id, secret: app.client_secret },
    callbacks: [callback],
  });
});
after(() => sandbox.close());

test('a code proven by its verifier gives an access token, which says who the person is', async () => {
  const { code, iss, state } = await consent();
  assert.equal(state, 's1');
  assert.equal(iss, sandbox.origin);
  const { status, body } = await token({ grant_type: 'authorization_code', code, code_verifier: verifier });
  assert.equal(status, 200);
  assert.equal(body.token_type, 'bearer');
  assert.equal(body.expires_in, 7200);
  const me = await call('/oauth2/me', body.access_token);
  assert.equal(me.body.username, 'alice');
  assert.equal(me.body.scope, 'read write');
});

test('another verifier, callback or secret, a code that was used, and no challenge are refused', async () => {
  const redeem = async (changes: Record<string, string>, code?: string) =>
    token({
      grant_type: 'authorization_code',
      code: code ?? (await consent()).code,
      code_verifier: verifier,
      ...changes,
    });
  for (const changes of [
    { code_verifier: 'w'.repeat(43) },
    { code_verifier: '' },
    { redirect_uri: 'http://localhost:3000/other' },
    { code: 'made-up' },
  ]) {
    const { status, body } = await redeem(changes);
    assert.deepEqual([status, body.error], [400, 'invalid_grant'], JSON.stringify(changes));
  }
  assert.deepEqual((await redeem({ client_secret: 'wrong' })).body.error, 'invalid_client');
  const { code } = await consent();
  const first = await redeem({}, code);
  assert.equal(first.status, 200);
  assert.equal((await redeem({}, code)).body.error, 'invalid_grant');
  // Whoever brought it twice, what it gave out is worth nothing any more.
  assert.equal((await call('/oauth2/me', first.body.access_token)).status, 401);
  const bare = await consent({ code_challenge: undefined });
  assert.equal(bare.error, 'invalid_request');
});

test('a page is answered once, by the browser that was shown it, and by no app that is not registered', async () => {
  const page = await authorize();
  const form = { oauth_token: page.id, user: 'alice', decision: 'authorize' };
  assert.equal((await decide(form, 'sandbox_oauth2=other')).status, 400);
  assert.equal((await decide(form, page.cookie)).status, 400, 'it was answered already');
  for (const changes of [{ client_id: 'unknown' }, { redirect_uri: 'https://evil.example/' }]) {
    assert.equal((await open(changes)).status, 400, JSON.stringify(changes));
  }
  const denied = await consent({}, 'deny');
  assert.equal(denied.error, 'access_denied');
});

test('a refresh token is good once; when it comes again everything of that consent ends', async () => {
  const first = await token({
    grant_type: 'authorization_code',
    code: (await consent()).code,
    code_verifier: verifier,
  });
  const second = await refresh(first.body.refresh_token);
  assert.equal(second.status, 200);
  assert.notEqual(second.body.refresh_token, first.body.refresh_token);
  assert.equal((await call('/oauth2/me', second.body.access_token)).status, 200);
  assert.equal((await refresh(first.body.refresh_token)).body.error, 'invalid_grant');
  assert.equal((await call('/oauth2/me', second.body.access_token)).status, 401);
  assert.equal((await refresh(second.body.refresh_token)).body.error, 'invalid_grant');
});

test('a token ends after its time, and when it is revoked', async () => {
  const made = await token({ grant_type: 'client_credentials' });
  assert.equal((await call('/oauth2/me', made.body.access_token)).body.username, 'Countersign');
  assert.equal(made.body.refresh_token, undefined);
  await sandbox.clock.advance(7200_000);
  assert.equal((await call('/oauth2/me', made.body.access_token)).status, 401);
  const again = await token({ grant_type: 'client_credentials' });
  assert.equal((await post('/oauth2/revoke', { ...app, token: again.body.access_token ?? '' })).status, 200);
  assert.equal((await call('/oauth2/me', again.body.access_token)).status, 401);
});

test('its rules are changed while it runs: form answers, client authentication, rotation', async () => {
  const basic = { Authorization: `Basic ${Buffer.from('app-key:app-secret').toString('base64')}` };
  const ask = (headers: Record<string, string>, form: Record<string, string>) =>
    post('/oauth2/access_token', { grant_type: 'client_credentials', ...form }, headers);
  assert.equal((await rules({ clientAuth: 'basic', answers: 'form' })).status, 200);
  assert.equal((await ask({}, app)).status, 401);
  const answer = await ask(basic, {});
  assert.equal(answer.status, 200);
  assert.match(answer.text, /^access_token=access-/);
  assert.equal((await ask(basic, app)).status, 400, 'both ways at once');
  assert.equal((await rules({ made_up: 1 })).status, 400);
  await rules({ clientAuth: 'any', answers: 'json' });
});

test('keys of a person open the address of their kind, and nothing else does', async () => {
  const basic = (pair: string) => ({ Authorization: `Basic ${Buffer.from(pair).toString('base64')}` });
  for (const [path, headers, status] of [
    ['/basic/me', basic('alice:alice-password'), 200],
    ['/basic/me', basic('alice:bob-password'), 401],
    ['/basic/me', {}, 401],
    ['/bearer/me', { Authorization: 'Bearer bob-token' }, 200],
    ['/bearer/me', { Authorization: 'token bob-token' }, 200],
    ['/bearer/me', { Authorization: 'Bearer nobody' }, 401],
    ['/key/me', { 'X-Api-Key': 'alice-api-key' }, 200],
    ['/key/me?api_key=alice-api-key', {}, 200],
    ['/key/me?api_key=alice-api-key', { 'X-Api-Key': 'alice-api-key' }, 401],
    ['/key/me', {}, 401],
  ] as const) {
    const answer = await fetch(`${sandbox.origin}${path}`, { headers });
    assert.equal(answer.status, status, `${path} ${JSON.stringify(headers)}`);
    await answer.text();
  }
});

interface Answer {
  status: number;
  text: string;
  body: Record<string, string>;
}

async function read(answer: Response): Promise<Answer> {
  const text = await answer.text();
  return { status: answer.status, text, body: text.startsWith('{') ? JSON.parse(text) : {} };
}

function open(changes: Record<string, string | undefined> = {}): Promise<Response> {
  const query = {
    response_type: 'code',
    client_id: app.client_id,
    redirect_uri: callback,
    state: 's1',
    scope: 'read write',
    code_challenge: challenge,
    code_challenge_method: 'S256',
    ...changes,
  };
  const given = Object.entries(query).filter((pair): pair is [string, string] => pair[1] !== undefined);
  const target = `${sandbox.origin}/oauth2/authorize?${new URLSearchParams(given)}`;
  return fetch(target, { redirect: 'manual' });
}

async function authorize(): Promise<{ id: string; cookie: string }> {
  const page = await open();
  const cookie = page.headers.getSetCookie()[0]?.split(';')[0] ?? '';
  return { id: /name="oauth_token" value="([^"]+)"/.exec(await page.text())?.[1] ?? '', cookie };
}

async function decide(form: Record<string, string>, cookie: string): Promise<Response> {
  return fetch(`${sandbox.origin}/oauth2/authorize`, {
    method: 'POST',
    redirect: 'manual',
    headers: { Cookie: cookie },
    body: new URLSearchParams(form),
  });
}

/** What the browser is sent back with. */
async function consent(
  changes: Record<string, string | undefined> = {},
  decision = 'authorize',
): Promise<{ code: string; state: string; iss: string; error: string }> {
  let answer = await open(changes);
  if (answer.status === 200) {
    const id = /name="oauth_token" value="([^"]+)"/.exec(await answer.text())?.[1] ?? '';
    const cookie = answer.headers.getSetCookie()[0]?.split(';')[0] ?? '';
    answer = await decide({ oauth_token: id, user: 'alice', decision }, cookie);
  }
  assert.equal(answer.status, 302);
  const back = new URL(answer.headers.get('location') ?? '').searchParams;
  const one = (name: string) => back.get(name) ?? '';
  return { code: one('code'), state: one('state'), iss: one('iss'), error: one('error') };
}

async function post(
  path: string,
  form: Record<string, string>,
  headers: Record<string, string> = {},
): Promise<Answer> {
  return read(
    await fetch(`${sandbox.origin}${path}`, { method: 'POST', headers, body: new URLSearchParams(form) }),
  );
}

function token(form: Record<string, string>): Promise<Answer> {
  const redirect = form.grant_type === 'authorization_code' ? { redirect_uri: callback } : {};
  return post('/oauth2/access_token', { ...app, ...redirect, ...form });
}

function refresh(refreshToken: string | undefined): Promise<Answer> {
  return token({ grant_type: 'refresh_token', refresh_token: refreshToken ?? '' });
}

async function call(path: string, bearer: string | undefined): Promise<Answer> {
  return read(await fetch(`${sandbox.origin}${path}`, { headers: { Authorization: `Bearer ${bearer}` } }));
}

async function rules(changes: Record<string, unknown>): Promise<Answer> {
  return read(
    await fetch(`${sandbox.origin}/_sandbox/oauth2`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(changes),
    }),
  );
}
