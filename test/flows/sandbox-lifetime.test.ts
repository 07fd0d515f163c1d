/** How tokens end at services, how often they may be used, and how they come to an app without consent. */
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { createServer } from 'node:http';
import { test } from 'node:test';
import type { Lifetime } from '../../server/sandbox/lifetime.ts';
import type { Profile } from '../../server/sandbox/profile.ts';
import { app, startService } from '../support/sandbox-service.ts';

type Service = Awaited<ReturnType<typeof startService>>;

async function withService(
  changes: Partial<Profile>,
  run: (service: Service) => Promise<void>,
  options?: Parameters<typeof startService>[1],
): Promise<void> {
  const service = await startService(changes, options);
  try {
    await run(service);
  } finally {
    await service.close();
  }
}

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
/** Whether a token still signs, or why not. */
async function stateOf(service: Service, token: { token: string; secret: string }) {
  const { status } = await service.call('/me', { token });
  return status === 200 ? 'live' : service.last()?.refused;
}

test('a token of fixed life ends by itself', () =>
  withService({ lifetime: { fixedMs: 90 * dayMs } }, async (service) => {
    const token = await service.link();
    await service.sandbox.clock.advance(90 * dayMs - 1000);
    assert.equal(await stateOf(service, token), 'live');
    await service.sandbox.clock.advance(1000);
    assert.equal(await stateOf(service, token), 'token expired');
  }));

test('an idle token sleeps until it is renewed, and ends at midnight in its zone', () =>
  withService({ lifetime: { idleMs: 2 * hourMs, dailyEnd: 'America/New_York' } }, async (service) => {
    const { clock } = service.sandbox;
    // The clock begins at noon UTC, seven in the morning there.
    const token = await service.link();
    await clock.advance(1.5 * hourMs);
    assert.equal(await stateOf(service, token), 'live');
    await clock.advance(1.5 * hourMs);
    assert.equal(await stateOf(service, token), 'live');
    await clock.advance(2 * hourMs);
    assert.equal(await stateOf(service, token), 'token idle');
    assert.equal((await service.call('/oauth/renew', { token })).status, 200);
    assert.equal(await stateOf(service, token), 'live');
    await clock.advance(12 * hourMs);
    assert.equal((await service.call('/oauth/renew', { token })).status, 401);
    assert.equal(service.last()?.refused, 'token expired');
    assert.equal(await stateOf(service, token), 'token expired');
  }));

test('the consent address may say how long', async () => {
  const lifetime: Lifetime = { asked: { parameter: 'expiration', usual: '30days' } };
  const cases: [string, number, string][] = [
    ['&expiration=1hour', hourMs, 'token expired'],
    ['&expiration=1day', dayMs - 1000, 'live'],
    ['', 30 * dayMs, 'token expired'],
    ['&expiration=never', 3650 * dayMs, 'live'],
  ];
  for (const [query, ms, expected] of cases)
    await withService({ lifetime }, async (service) => {
      const request = await service.askRequest();
      const { back } = await service.decide(request.token, 'authorize', query);
      const token = await service.askAccess(request, back.get('oauth_verifier') ?? '');
      await service.sandbox.clock.advance(ms);
      assert.equal(await stateOf(service, token), expected, query);
    });
});

test('a session handle brings another token for an ended one, once, and ends itself', () =>
  withService({ lifetime: { session: { tokenMs: hourMs, handleMs: 10 * hourMs } } }, async (service) => {
    const first = await service.link();
    const told = new URLSearchParams(first.answer.text);
    assert.equal(told.get('oauth_expires_in'), '3600');
    assert.equal(told.get('oauth_authorization_expires_in'), '36000');
    const renew = (token: { token: string; secret: string }, handle: string | null) =>
      service.askAccess(token, undefined, { extra: { oauth_session_handle: handle ?? '' } });
    await service.sandbox.clock.advance(hourMs);
    assert.equal(await stateOf(service, first), 'token expired');
    assert.equal((await renew(first, 'wrong')).answer.status, 401);
    assert.equal(service.last()?.refused, 'session handle');

    const second = await renew(first, told.get('oauth_session_handle'));
    assert.equal(await stateOf(service, second), 'live');
    assert.equal((await renew(first, told.get('oauth_session_handle'))).answer.status, 401);
    await service.sandbox.clock.advance(10 * hourMs);
    const handle = new URLSearchParams(second.answer.text).get('oauth_session_handle');
    assert.equal((await renew(second, handle)).answer.status, 401);
  }));

test('a token ended by its owner or by the app says so, and one that never was does not', () =>
  withService({}, async (service) => {
    const token = await service.link();
    assert.equal((await service.call('/oauth/revoke', { token }, { method: 'POST' })).status, 200);
    assert.match((await service.call('/me', { token })).text, /token_revoked/);
    const other = await service.link();
    assert.equal((await service.control('/revoke', { user: 'alice' })).status, 204);
    assert.match((await service.call('/me', { token: other })).text, /token_revoked/);
    assert.match((await service.call('/me', { token: { token: 'x', secret: '' } })).text, /token_rejected/);
  }));

test('limits are counted per token or route, and told under the names and in the words of the service', async () => {
  const cases: [Profile['rate']['resetKind'], Profile['rate']['retryAfter'], string, string | undefined][] = [
    ['epoch', null, '1767614460', undefined],
    ['seconds', 'seconds', '60', '60'],
    ['http-date', 'http-date', 'Mon, 05 Jan 2026 12:01:00 GMT', 'Mon, 05 Jan 2026 12:01:00 GMT'],
  ];
  for (const [resetKind, retryAfter, reset, after] of cases) {
    const headers = { limit: 'X-Ratelimit', used: 'X-Used', remaining: 'X-Left', reset: 'X-Reset' };
    const rate = { limit: 2, windowMs: 60_000, per: 'token', headers, resetKind, retryAfter } as const;
    await withService({ rate }, async (service) => {
      const token = await service.link();
      const first = (await service.call('/me', { token })).headers;
      assert.deepEqual(
        [first['x-ratelimit'], first['x-used'], first['x-left'], first['x-reset'], first['retry-after']],
        ['2', '1', '1', reset, undefined],
      );
      assert.equal((await service.call('/other', { token })).status, 200);
      const refused = await service.call('/me', { token });
      assert.deepEqual([refused.status, refused.headers['retry-after']], [429, after]);
      await service.sandbox.clock.advance(60_000);
      assert.equal((await service.call('/me', { token })).status, 200);
    });
  }
});

test('a limit per route counts each path by itself', () =>
  withService({}, async (service) => {
    const token = await service.link();
    service.sandbox.setLimits({ rateLimit: 1 });
    const status = async (path: string) => (await service.call(path, { token })).status;
    assert.deepEqual([await status('/a'), await status('/b?x=1'), await status('/b')], [200, 200, 429]);
  }));

test('who-am-I has the shape of the service, or is a JWT that names the request', () =>
  withService(
    { identity: { format: 'jwt', answer: { sub: '{id:number}', username: '{screen_name}', groups: ['*'] } } },
    async (service) => {
      const token = await service.link();
      const { text } = await service.call('/me', { token, nonce: 'the-nonce' });
      const [head = '', claims = '', signature = ''] = text.split('.');
      const right = createHmac('sha256', app.secret).update(`${head}.${claims}`).digest('base64url');
      assert.equal(signature, right);
      const told = Buffer.from(claims, 'base64url').toString();
      assert.match(told, /"sub":9007199254740993,/);
      const { iss, aud, nonce, username, exp, iat } = JSON.parse(told);
      assert.deepEqual([iss, aud, nonce, username], ['https://service.example', 'app', 'the-nonce', 'alice']);
      assert.equal(exp - iat, 120);
    },
  ));

test('a shop sends its keys to the app, which fetches its tokens with the verifier, once', async () => {
  let form = new URLSearchParams();
  const receiver = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (chunk: string) => {
      body += chunk;
    });
    request.on('end', () => {
      form = new URLSearchParams(body);
      response.end();
    });
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  const address = receiver.address();
  const url = `http://127.0.0.1:${address && typeof address === 'object' ? address.port : 0}/push/1`;
  const callback = { at: 'none', match: 'exact' } as const;
  await withService({ isPushed: true, callback }, async (service) => {
    const pushed = await service.control('/push', { url, user: 'bob' });
    assert.deepEqual(JSON.parse(pushed.text), { status: 200, problem: null });
    assert.deepEqual(
      [form.get('oauth_consumer_key'), form.get('oauth_consumer_secret'), form.get('store_base_url')],
      [app.key, app.secret, 'https://service.example/'],
    );
    const verifier = form.get('oauth_verifier') ?? '';
    const request = await service.askRequest({ extra: { oauth_callback: undefined } });
    assert.equal((await service.askAccess(request, 'wrong')).answer.status, 401);
    const token = await service.askAccess(request, verifier);
    assert.equal((await service.call('/me', { token })).status, 200);
    assert.equal(service.last()?.authenticated?.user, 'bob');
    const again = await service.askRequest({ extra: { oauth_callback: undefined } });
    assert.equal((await service.askAccess(again, verifier)).answer.status, 401);
    const nowhere = await service.control('/push', { url: 'http://127.0.0.1:1/', user: 'bob' });
    assert.deepEqual(JSON.parse(nowhere.text).status, null);
  });
  receiver.close();
});

test('keys and tokens are given by control calls, from this machine alone', () =>
  withService({ legs: 'zero' }, async (service) => {
    const own = await service.control('/token', { user: 'carol', token: 'tok', secret: 'sec' });
    assert.deepEqual(JSON.parse(own.text), { oauth_token: 'tok', oauth_token_secret: 'sec' });
    await service.call('/me', { token: { token: 'tok', secret: 'sec' } });
    assert.equal(service.last()?.authenticated?.user, 'carol');
    assert.equal((await service.control('/token', { user: 'nobody' })).status, 400);
    assert.equal((await service.control('/token', { token: 'tok' })).status, 400);
    assert.equal((await service.control('/public-key', { public_key: 'no PEM' })).status, 400);
    assert.equal((await service.control('/push', { url: 'https://x.example/' })).status, 400);
    const stranger = await service.call('/_sandbox/token', {}, { method: 'POST' });
    assert.equal(stranger.status, 404);
  }));
