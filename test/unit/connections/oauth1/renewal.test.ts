import assert from 'node:assert/strict';
import { test } from 'node:test';
import { renewal } from '../../../../server/connections/oauth1/renewal.ts';
import { revokeStep } from '../../../../server/connections/oauth1/revoke.ts';
import { refusesToken } from '../../../../server/connections/oauth1/token-refused.ts';
import type { InboundResponse, OutboundRequest } from '../../../../server/delivery/delivery.ts';

const service = {
  client_id: 'consumer-key',
  client_secret: 'canary-consumer-secret',
  request_token_url: 'https://api.example/request',
  authentication_url: 'https://api.example/authorize',
  access_token_url: 'https://api.example/access?title=a',
  access_method: 'GET',
  access_params: { scope: 'all' },
};
const idle = {
  ...service,
  lifetime: { kind: 'idle', idle_minutes: 120, renew_url: 'https://api.example/renew' },
};
const token = { oauth_token: 'held', oauth_token_secret: 'canary-token-secret' };
const withHandle = { ...token, oauth_session_handle: 'handle' };
const fresh = { nonce: 'nonce', timestamp: 1_767_225_600 };

function answer(body: string, status = 200): InboundResponse {
  return { status, headers: [], body: Buffer.from(body), truncated: false };
}

/** Renews with a service that gives this answer. */
async function renewAt(params: Record<string, unknown>, held: Record<string, string>, told: InboundResponse) {
  const sent: OutboundRequest[] = [];
  const send = async (request: OutboundRequest) => {
    sent.push(request);
    return told;
  };
  return { outcome: await renewal.renew(params, held, { ...fresh, send }), request: sent[0] };
}

test('there is something to renew with: a session handle, or a renewal address', () => {
  assert.equal(renewal.canRenew(service, token), false);
  assert.equal(renewal.canRenew(service, withHandle), true);
  assert.equal(renewal.canRenew({ ...service, lifetime: { kind: 'never' } }, withHandle), false);
  assert.equal(renewal.canRenew(idle, token), true);
  assert.equal(renewal.canRenew(idle, {}), false);
});

test('the session handle is signed at the access token URL, which keeps its query and parameters', async () => {
  const body = 'oauth_token=new&oauth_token_secret=s2&oauth_expires_in=60&oauth_authorization_expires_in=600';
  const { outcome, request } = await renewAt(service, withHandle, answer(body));
  assert.equal(request?.url.href, 'https://api.example/access?title=a&scope=all');
  const header = new Map(request?.headers).get('Authorization') ?? '';
  assert.match(header, /oauth_session_handle="handle"/);
  assert.match(header, /oauth_token="held"/);
  assert.ok(outcome.ok);
  assert.deepEqual(outcome.value.credentials, {
    oauth_token: 'new',
    oauth_token_secret: 's2',
    oauth_session_handle: 'handle',
  });
  assert.deepEqual([outcome.value.lifetimeMs, outcome.value.consentLifetimeMs], [60_000, 600_000]);
});

test('a renewal address may answer with anything that is no problem; the token stays', async () => {
  const { outcome, request } = await renewAt(idle, token, answer('Access Token has been renewed'));
  assert.deepEqual([request?.method, request?.url.href], ['GET', 'https://api.example/renew']);
  assert.ok(outcome.ok);
  assert.deepEqual(outcome.value.credentials, token);
  const named = await renewAt(idle, token, answer('oauth_problem=token_expired'));
  assert.equal(named.outcome.ok, false);
});

test('only what names the token is final; the rest may be tried again', async () => {
  const rows: [InboundResponse, isFinal: boolean][] = [
    [answer('oauth_problem=token_expired', 401), true],
    [answer('oauth_problem=token_rejected', 401), true],
    [answer('', 401), false],
    [answer('oauth_problem=signature_invalid', 401), false],
    [answer('down', 503), false],
    [answer('no token here'), false],
  ];
  for (const [told, isFinal] of rows) {
    const { outcome } = await renewAt(service, withHandle, told);
    assert.ok(!outcome.ok);
    assert.equal(outcome.isFinal, isFinal, Buffer.from(told.body).toString());
    assert.doesNotMatch(outcome.problem, /canary/);
  }
});

test('expired and revoked are told apart by name, and nothing else says either', () => {
  const rows: [body: string, status: number, becomes: string | undefined][] = [
    ['oauth_problem=token_expired', 401, 'expired'],
    ['oauth_problem=token_revoked', 401, 'revoked'],
    ['oauth_problem=token_rejected', 400, 'revoked'],
    ['{"errors":[{"code":89}]}', 403, 'revoked'],
    ['oauth_problem=token_used', 401, undefined],
    ['oauth_problem=permission_denied', 403, undefined],
    ['the token was revoked', 401, undefined],
    ['', 401, undefined],
    ['oauth_problem=token_revoked', 200, undefined],
    ['oauth_problem=token_revoked', 500, undefined],
  ];
  for (const [body, status, becomes] of rows)
    assert.equal(refusesToken(answer(body, status))?.status, becomes, `${status} ${body}`);
});

test('the revoke call is signed with the token, and any success will do', async () => {
  assert.equal(revokeStep(service), undefined);
  const step = revokeStep({ ...service, revoke: { url: 'https://api.example/revoke', method: 'GET' } });
  assert.ok(step);
  let sent: OutboundRequest | undefined;
  const send = (told: InboundResponse) => async (request: OutboundRequest) => {
    sent = request;
    return told;
  };
  assert.deepEqual(await step(token, { ...fresh, send: send(answer('', 204)) }), { ok: true });
  assert.equal(sent?.method, 'GET');
  assert.match(new Map(sent?.headers).get('Authorization') ?? '', /oauth_token="held"/);
  const refused = await step(token, { ...fresh, send: send(answer('canary-token-secret', 403)) });
  assert.ok(!refused.ok);
  assert.doesNotMatch(refused.problem, /canary/);
});
