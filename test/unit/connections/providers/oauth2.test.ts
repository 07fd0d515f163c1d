/** The OAuth 2.0 provider: what it asks, how it reads answers, what it keeps, and what it refuses. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, test } from 'node:test';
import type { Send } from '../../../../server/connections/provider.ts';
import { oauth2 } from '../../../../server/connections/providers/oauth2.ts';
import { ownHostsOf } from '../../../../server/connections/service.ts';
import type { InboundResponse, OutboundRequest } from '../../../../server/delivery/delivery.ts';

const { link, renewal } = oauth2;
assert.ok(link && renewal && oauth2.obtain);
const { obtain } = oauth2;

/** As packages write it, blanks included. */
const service = {
  grant_type: 'authorization_code',
  client_id: 'the-client',
  client_secret: 'canary-client-secret',
  authorization_url: 'https://accounts.example/auth?access_type=offline',
  access_token_url: 'https://api.example/token',
  resource_owner_url: '',
  scope: 'read write',
  approval_prompt: 'auto',
};
const forApp = { ...service, grant_type: 'client_credentials', authorization_url: '' };
const callbackUrl = 'https://hub.example/oauth/callback';
const handshake = { token: 'the-state', secret: 'v'.repeat(43) };
const timestamp = 1_790_000_000;
const fresh = { nonce: 'unused', timestamp };

describe('the record of an OAuth 2.0 service', () => {
  const faultsOf = (changes: Record<string, unknown>) =>
    oauth2.checkService({ ...service, ...changes }).faults.map(({ path }) => path);

  test('as packages write it has no fault', () => {
    assert.deepEqual(faultsOf({}), []);
    assert.deepEqual(oauth2.checkService(forApp).faults, []);
    assert.deepEqual(oauth2.checkService(service).warnings, []);
  });

  test('asks for consent where it does not say how', () => {
    const { grant_type: _grantType, ...plain } = service;
    assert.deepEqual(oauth2.checkService(plain).faults, []);
    assert.equal(oauth2.isLinkedByConsent?.(plain), true);
  });

  test('what is missing, of another kind or unknown is named by its path', () => {
    for (const [changes, path] of [
      [{ grant_type: 'password' }, '/grant_type'],
      [{ client_id: '' }, '/client_id'],
      [{ authorization_url: '' }, '/authorization_url'],
      [{ access_token_url: 'nonsense' }, '/access_token_url'],
      [{ scope: 'x'.repeat(4097) }, '/scope'],
      [{ client_auth: 'header' }, '/client_auth'],
      [{ authorization_params: { state: 'mine' } }, '/authorization_params/state'],
      [{ access_params: { grant_type: 'mine' } }, '/access_params/grant_type'],
      [{ revoke: { method: 'GET' } }, '/revoke/url'],
      [{ surprise: 1 }, '/surprise'],
    ] as const) {
      assert.ok(faultsOf(changes).includes(path), `${path}: ${faultsOf(changes)}`);
    }
    const bare = oauth2.checkService({ ...forApp, client_secret: '' });
    assert.deepEqual(
      bare.faults.map(({ path }) => path),
      ['/client_secret'],
    );
    assert.equal(
      oauth2.checkService({ ...service, access_token_url: 'http://a.example/t' }).warnings.length,
      1,
    );
  });

  test('allows the hosts of its addresses, and says what each receives', () => {
    const revoke = { url: 'https://revoke.example/' };
    assert.deepEqual(ownHostsOf(oauth2, { ...service, revoke }), [
      'accounts.example',
      'api.example',
      'revoke.example',
    ]);
    const hosts = oauth2.hosts({ ...service, allowed_hosts: ['data.example'] });
    const receives = Object.fromEntries(hosts.map(({ host, receives }) => [host, receives.join(', ')]));
    assert.equal(receives['accounts.example'], '');
    assert.equal(receives['api.example'], 'client secret, refresh token');
    assert.equal(receives['data.example'], 'access token');
  });
});

describe('consent', () => {
  test('state and verifier are made here, and nothing is sent', async () => {
    let seed = 0;
    const random = (size: number) => new Uint8Array(size).fill(++seed);
    const never: Send = () => Promise.reject(new Error('sent'));
    const reading = await link.start(service, { ...fresh, callbackUrl, random, send: never });
    assert.ok(reading.ok);
    assert.match(reading.value.token, /^[\w-]{43}$/);
    assert.match(reading.value.secret, /^[\w-]{43}$/);
    assert.notEqual(reading.value.token, reading.value.secret);
  });

  test('the address keeps its own query and gains the parameters of the protocol', () => {
    const url = link.consentUrl(service, handshake, callbackUrl);
    assert.equal(url.origin + url.pathname, 'https://accounts.example/auth');
    assert.deepEqual(Object.fromEntries(url.searchParams), {
      access_type: 'offline',
      response_type: 'code',
      client_id: 'the-client',
      redirect_uri: callbackUrl,
      scope: 'read write',
      approval_prompt: 'auto',
      state: 'the-state',
      code_challenge: createHash('sha256').update(handshake.secret).digest('base64url'),
      code_challenge_method: 'S256',
    });
    assert.match(url.search, /scope=read%20write/);
  });

  test("a record's further parameters travel along, and never in place of the protocol's", () => {
    const url = link.consentUrl(
      {
        ...service,
        authorization_url: 'https://accounts.example/auth?state=planted&prompt=none',
        authorization_params: { prompt: 'consent' },
        pkce: 'none',
        scope: '',
        approval_prompt: '',
      },
      handshake,
      callbackUrl,
    );
    const { state, prompt, ...others } = Object.fromEntries(url.searchParams);
    assert.equal(state, 'the-state');
    assert.equal(prompt, 'consent');
    assert.deepEqual(Object.keys(others), ['response_type', 'client_id', 'redirect_uri']);
  });

  test('accounts of an app that acts for itself are not linked by consent', () => {
    assert.equal(oauth2.isLinkedByConsent?.(service), true);
    assert.equal(oauth2.isLinkedByConsent?.(forApp), false);
  });
});

describe('the exchange', () => {
  test('sends the code with the verifier and the secret in the form, once', async () => {
    const { reading, sent } = await finish({ body: granted });
    assert.ok(reading.ok);
    assert.equal(sent.length, 1);
    assert.equal(sent[0]?.url.href, 'https://api.example/token');
    assert.equal(headerOf(sent[0], 'authorization'), undefined);
    assert.deepEqual(formOf(sent[0]), {
      grant_type: 'authorization_code',
      code: 'the-code',
      redirect_uri: callbackUrl,
      client_id: 'the-client',
      client_secret: 'canary-client-secret',
      code_verifier: handshake.secret,
    });
  });

  test('the record may put the secret into a Basic header, add parameters, and go without PKCE', async () => {
    const record = { ...service, client_auth: 'basic', access_params: { audience: 'a' }, pkce: 'none' };
    const { sent } = await finish({ body: granted }, { record });
    // As they are: a dash needs no encoding.
    const basic = Buffer.from('the-client:canary-client-secret').toString('base64');
    assert.equal(headerOf(sent[0], 'authorization'), `Basic ${basic}`);
    assert.deepEqual(formOf(sent[0]), {
      audience: 'a',
      grant_type: 'authorization_code',
      code: 'the-code',
      redirect_uri: callbackUrl,
    });
  });

  test('keeps tokens apart from what may be shown, and reckons when they end', async () => {
    const body = JSON.stringify({
      ...JSON.parse(granted),
      id_token: 'canary-id',
      refresh_token_expires_in: 86_400,
      user_id: 9007199254740993n.toString(),
      team: { id: 'T1' },
      admin: true,
    });
    const { reading } = await finish({ body });
    assert.ok(reading.ok);
    const { credentials, extra, lifetimeMs, consentLifetimeMs, identity } = reading.value;
    assert.deepEqual(credentials, {
      access_token: 'canary-access',
      refresh_token: 'canary-refresh',
      token_type: 'Bearer',
      id_token: 'canary-id',
      expires: String(timestamp + 3600),
    });
    assert.deepEqual(extra, {
      scope: 'read',
      refresh_token_expires_in: '86400',
      user_id: '9007199254740993',
      admin: 'true',
    });
    assert.equal(lifetimeMs, 3_600_000);
    assert.equal(consentLifetimeMs, 86_400_000);
    assert.deepEqual(identity, { id: '9007199254740993', name: null });
  });

  test('a record may name the fields of the answer that tell who the account is', async () => {
    const body = '{"access_token":"a","team_id":"T1","team_name":"Team"}';
    const record = { ...service, identity: { id: 'team_id', name: 'team_name' } };
    assert.deepEqual(oauth2.checkService(record).faults, []);
    const { reading } = await finish({ body }, { record });
    assert.ok(reading.ok);
    assert.deepEqual(reading.value.identity, { id: 'T1', name: 'Team' });
  });

  test('takes answers of every sort that services give', async () => {
    for (const [body, lifetimeMs] of [
      ['access_token=canary-access&scope=repo&token_type=bearer', null],
      ['{"ok":true,"access_token":"canary-access","scope":"chat"}', null],
      ['{"access_token":"canary-access","token_type":"bot","expires_in":"60"}', 60_000],
      [`{"access_token":"canary-access","expires":${timestamp + 60}}`, 60_000],
      ['access_token=canary-access&expires=60', 60_000],
      ['{"access_token":"canary-access","scope":["a","b"],"expires_in":0}', null],
    ] as const) {
      const { reading } = await finish({ body });
      assert.ok(reading.ok, `${body}: ${JSON.stringify(reading)}`);
      assert.equal(reading.value.credentials.access_token, 'canary-access');
      assert.equal(reading.value.lifetimeMs, lifetimeMs, body);
    }
  });

  test('what is no token answer is refused in words that repeat nothing of it', async () => {
    for (const answer of [
      { body: '' },
      { body: '<html>canary</html>' },
      { body: '{"access_token":""}' },
      { body: '{"access_token":["canary"]}' },
      { body: '{"access_token":"canary","token_type":"mac"}' },
      { body: '{"access_token":"canary","expires_in":"soon"}' },
      { body: '{"access_token":"canary\\nx"}' },
      { body: 'access_token=canary&access_token=b' },
      { body: granted, status: 500 },
      { body: granted, truncated: true },
      { body: `{"access_token":"${'a'.repeat(70_000)}"}` },
      { status: 302, body: granted },
    ]) {
      const { reading } = await finish(answer);
      assert.ok(!reading.ok, JSON.stringify(answer).slice(0, 80));
      assert.match(reading.problem, /^No token could be taken: /);
      assert.doesNotMatch(reading.problem + reading.nextStep, /canary/);
    }
  });

  test('a refusal is told by its code, also where it comes with 200', async () => {
    for (const [answer, remoteCode, words] of [
      [{ status: 400, body: '{"error":"invalid_grant"}' }, 'invalid_grant', /not valid any more/],
      [{ status: 401, body: '{"error":"invalid_client"}' }, 'invalid_client', /Client ID or Client Secret/],
      [
        { body: 'error=bad_verification_code&error_description=canary' },
        'bad_verification_code',
        /code of the consent/,
      ],
      [{ body: '{"ok":false,"error":"invalid_code"}' }, 'invalid_code', /code of the consent/],
      [{ body: '{"ok":false}' }, 'unnamed', /was refused/],
      [
        { status: 400, body: '{"error":{"type":"OAuthException","code":191}}' },
        'OAuthException',
        /was refused/,
      ],
      [{ status: 400, body: '{"error":"<script>canary"}' }, 'unnamed', /was refused/],
    ] as const) {
      const { reading } = await finish(answer);
      assert.ok(!reading.ok);
      assert.equal(reading.remoteCode, remoteCode);
      assert.match(reading.problem, words);
      assert.doesNotMatch(reading.problem, /canary/);
    }
  });

  test('another state, a doubled parameter, no code and a foreign issuer lead to no request', async () => {
    for (const query of [
      'code=the-code&state=other',
      'code=the-code',
      'code=a&code=b&state=the-state',
      'state=the-state',
      'code=the-code&state=the-state&iss=https://evil.example',
      'code=the-code&state=the-state&iss=nonsense',
      'error=access_denied&state=the-state',
    ]) {
      const { reading, sent } = await finish({ body: granted }, { query });
      assert.equal(reading.ok, false, query);
      assert.equal(sent.length, 0, query);
    }
  });

  test('the issuer is the recorded one to the letter, or of the origin of one of the addresses', async () => {
    const query = (iss: string) => `code=the-code&state=the-state&iss=${encodeURIComponent(iss)}`;
    for (const iss of ['https://accounts.example', 'https://api.example/tenant']) {
      assert.ok((await finish({ body: granted }, { query: query(iss) })).reading.ok, iss);
    }
    const record = { ...service, issuer: 'https://accounts.example/a' };
    assert.ok((await finish({ body: granted }, { record, query: query(record.issuer) })).reading.ok);
    assert.equal(
      (await finish({ body: granted }, { record, query: query('https://accounts.example') })).reading.ok,
      false,
    );
  });

  test('a request that was not answered is passed on as it is', async () => {
    const gone = new Error('nobody there');
    const query = new URLSearchParams('code=the-code&state=the-state');
    const input = { ...fresh, ...handshake, verifier: 'the-code', callbackUrl, query };
    await assert.rejects(link.finish(service, { ...input, send: () => Promise.reject(gone) }), gone);
  });
});

describe('renewal', () => {
  const held = { access_token: 'old', refresh_token: 'canary-refresh-1', expires: '1', instance: 'stays' };

  test('needs a refresh token, or an app that acts for itself', () => {
    assert.equal(renewal.canRenew(service, held), true);
    assert.equal(renewal.canRenew(service, { access_token: 'old' }), false);
    assert.equal(renewal.canRenew(forApp, {}), true);
  });

  test('keeps the refresh token where no new one comes, and takes the new one where one does', async () => {
    const [kept, sent] = await renewWith('{"access_token":"new"}');
    assert.ok(kept.ok);
    assert.deepEqual(kept.value.credentials, {
      access_token: 'new',
      refresh_token: 'canary-refresh-1',
      token_type: 'Bearer',
      instance: 'stays',
    });
    assert.deepEqual(formOf(sent[0]), {
      refresh_token: 'canary-refresh-1',
      grant_type: 'refresh_token',
      client_id: 'the-client',
      client_secret: 'canary-client-secret',
    });
    const [rotated] = await renewWith('{"access_token":"new","refresh_token":"second","expires_in":60}');
    assert.ok(rotated.ok);
    assert.equal(rotated.value.credentials.refresh_token, 'second');
    assert.equal(rotated.value.credentials.expires, String(timestamp + 60));
  });

  test('only a grant that is not valid any more needs a person', async () => {
    for (const [body, status, isFinal] of [
      ['{"error":"invalid_grant"}', 400, true],
      ['{"error":"invalid_client"}', 401, false],
      ['{"error":"temporarily_unavailable"}', 503, false],
      ['<html>', 500, false],
    ] as const) {
      const [outcome] = await renewWith(body, status);
      assert.ok(!outcome.ok);
      assert.equal(outcome.isFinal, isFinal, body);
    }
  });

  test('an app that acts for itself asks anew, with its scope', async () => {
    const { send, sent } = remote({ body: '{"access_token":"new","expires_in":60}' });
    const renewed = await renewal.renew(forApp, { access_token: 'old' }, { ...fresh, send });
    assert.ok(renewed.ok);
    const obtained = await obtain(forApp, { ...fresh, send });
    assert.ok(obtained.ok);
    for (const request of sent) {
      assert.deepEqual(formOf(request), {
        grant_type: 'client_credentials',
        scope: 'read write',
        client_id: 'the-client',
        client_secret: 'canary-client-secret',
      });
    }
  });

  async function renewWith(body: string, status = 200) {
    assert.ok(renewal);
    const { send, sent } = remote({ body, status });
    return [await renewal.renew(service, held, { ...fresh, send }), sent] as const;
  }
});

describe('use and end of a token', () => {
  const account = { access_token: 'canary-access', refresh_token: 'canary-refresh', token_type: 'Bearer' };

  test('a request carries the access token, and none without one', () => {
    const request: OutboundRequest = { method: 'GET', url: new URL('https://api.example/'), headers: [] };
    assert.equal(
      headerOf(oauth2.authorize(request, service, account, fresh), 'authorization'),
      'Bearer canary-access',
    );
    assert.throws(() => oauth2.authorize(request, service, {}, fresh), { code: 'request_refused' });
    assert.deepEqual(oauth2.secrets(service, account), [
      'canary-client-secret',
      'canary-access',
      'canary-refresh',
    ]);
  });

  test('only a 401 that names the token says that it is over', () => {
    const answer = (status: number, challenge: string): InboundResponse => ({
      status,
      headers: [['WWW-Authenticate', challenge]],
      body: new Uint8Array(),
      truncated: false,
    });
    const over = oauth2.refusesToken?.(answer(401, 'Bearer realm="x", error="invalid_token"'));
    assert.equal(over?.status, 'expired');
    for (const other of [
      answer(401, 'Bearer realm="x"'),
      answer(403, 'Bearer error="insufficient_scope"'),
      answer(403, 'Bearer error="invalid_token"'),
    ]) {
      assert.equal(oauth2.refusesToken?.(other), undefined);
    }
  });

  test('unlinking ends the refresh token at the revoke address, where the record has one', async () => {
    assert.equal(oauth2.revokes?.(service), undefined);
    const step = oauth2.revokes?.({
      ...service,
      revoke: { url: 'https://api.example/revoke', params: { all: '1' } },
    });
    assert.ok(step);
    const { send, sent } = remote({ body: '' });
    assert.deepEqual(await step(account, { ...fresh, send }), { ok: true });
    assert.equal(sent[0]?.url.href, 'https://api.example/revoke');
    const { token, all } = formOf(sent[0]);
    assert.deepEqual({ token, all }, { token: 'canary-refresh', all: '1' });
    const refused = await step(
      { access_token: 'a' },
      { ...fresh, send: remote({ body: '', status: 503 }).send },
    );
    assert.deepEqual(refused, { ok: false, problem: 'It answered 503.' });
  });

  test('pasted credentials need an access token, and an end in digits', () => {
    assert.deepEqual(oauth2.checkAccount({}).faults, []);
    assert.deepEqual(
      oauth2.checkAccount({ access_token: 'a', expires: '1790000000', scope: 'x' }).faults,
      [],
    );
    assert.equal(oauth2.checkAccount({ refresh_token: 'r' }).faults[0]?.path, '/access_token');
    assert.equal(oauth2.checkAccount({ access_token: 'a', expires: 'tomorrow' }).faults[0]?.path, '/expires');
  });
});

const granted = JSON.stringify({
  access_token: 'canary-access',
  refresh_token: 'canary-refresh',
  token_type: 'bearer',
  expires_in: 3600,
  scope: 'read',
});

interface Answer {
  status?: number;
  body: string;
  truncated?: boolean;
}

function remote({ status = 200, body, truncated = false }: Answer): { send: Send; sent: OutboundRequest[] } {
  const sent: OutboundRequest[] = [];
  const send: Send = async (request) => {
    sent.push(request);
    return { status, headers: [['Content-Type', 'text/html']], body: Buffer.from(body), truncated };
  };
  return { send, sent };
}

async function finish(
  answer: Answer,
  { record = {} as object, query = 'code=the-code&state=the-state' } = {},
) {
  assert.ok(link);
  const { send, sent } = remote(answer);
  const reading = await link.finish(
    { ...service, ...record },
    { ...fresh, ...handshake, verifier: 'the-code', callbackUrl, query: new URLSearchParams(query), send },
  );
  return { reading, sent };
}

function formOf(request: OutboundRequest | undefined): Record<string, string> {
  return Object.fromEntries(new URLSearchParams(Buffer.from(request?.body ?? []).toString('utf8')));
}

function headerOf(request: OutboundRequest | undefined, name: string): string | undefined {
  return request?.headers.find(([key]) => key.toLowerCase() === name)?.[1];
}
