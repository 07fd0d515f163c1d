import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  type FlowState,
  type LinkFlow,
  readCallback,
  refuseEndedFlow,
  requestTokenHash,
  throughConnectTo,
} from '../../../server/connections/link-flow.ts';

const read = (query: string) => readCallback(new URLSearchParams(query));
/** As long as a token may be that a token answer is taken with. */
const long = 't'.repeat(4096);

describe('the callback', () => {
  for (const [query, expected] of [
    ['oauth_token=t&oauth_verifier=v', { kind: 'approved', token: 't', verifier: 'v' }],
    ['oauth_token=t', { kind: 'approved', token: 't', verifier: undefined }],
    ['oauth_token=t&oauth_verifier=a%2Bb%20c%3D%25', { kind: 'approved', token: 't', verifier: 'a+b c=%' }],
    ['oauth_token=%C3%A9%2B%2F%3D&oauth_verifier=v', { kind: 'approved', token: 'é+/=', verifier: 'v' }],
    [`oauth_token=${long}`, { kind: 'approved', token: long, verifier: undefined }],
    ['oauth_token=t&oauth_verifier=', { kind: 'approved', token: 't', verifier: '' }],
    ['denied=t', { kind: 'denied', token: 't' }],
    ['denied=t&oauth_verifier=v', { kind: 'denied', token: 't' }],
    ['oauth_token=t&oauth_problem=user_refused', { kind: 'denied', token: 't' }],
    ['oauth_token=t&oauth_problem=permission_denied', { kind: 'denied', token: 't' }],
    ['oauth_token=t&state=s&oauth_verifier=v', { kind: 'approved', token: 't', verifier: 'v' }],
    ['state=s&code=c', { kind: 'approved', token: 's', verifier: 'c' }],
    [`state=s&code=${long}`, { kind: 'approved', token: 's', verifier: long }],
    ['state=s', { kind: 'approved', token: 's', verifier: undefined }],
    ['state=s&error=access_denied', { kind: 'denied', token: 's' }],
    ['state=s&error=access_denied&code=c', { kind: 'denied', token: 's' }],
    ['state=s&error=invalid_scope', { kind: 'problem', token: 's', problem: 'invalid_scope' }],
    ['oauth_token=t&oauth_problem=other', { kind: 'problem', token: 't', problem: 'other' }],
  ] as const) {
    test(`reads ${query.slice(0, 50)}`, () => assert.deepEqual(read(query), expected));
  }

  for (const query of [
    '',
    'oauth_verifier=v',
    'oauth_token=',
    'oauth_token=t&oauth_token=t',
    'oauth_token=a%0Ab',
    `oauth_token=${long}t`,
    'oauth_token=t&oauth_verifier=v&oauth_verifier=v',
    'denied=t&denied=u',
    'code=c',
    'state=',
    'state=s&state=s&code=c',
    'state=s&code=c&code=d',
    'state=s&code=',
    `state=s&code=${long}c`,
    'oauth_token=t&oauth_verifier=a%0ab',
    'oauth_token=t&oauth_verifier=a%00b',
    'oauth_token=t&oauth_verifier=%C3%A4',
    `oauth_token=t&oauth_verifier=${'v'.repeat(513)}`,
  ]) {
    test(`refuses ${query.slice(0, 50)}`, () => assert.throws(() => read(query), { code: 'bad_request' }));
  }
});

test('equal request tokens of two services have different hashes', () => {
  assert.notEqual(requestTokenHash('one', 'token'), requestTokenHash('two', 'token'));
  assert.doesNotMatch(requestTokenHash('one', 'token'), /token/);
});

test('connect-to replaces the origin of the consent address and keeps path and query', () => {
  const connectTo = new Map([['https://api.example', 'http://127.0.0.1:4000']]);
  const url = new URL('https://api.example/oauth/authenticate?oauth_token=a%26b&x=1');
  assert.equal(
    throughConnectTo(url, connectTo).href,
    'http://127.0.0.1:4000/oauth/authenticate?oauth_token=a%26b&x=1',
  );
  const other = new URL('https://api.example:8443/oauth/authenticate');
  assert.equal(throughConnectTo(other, connectTo).href, other.href);
});

describe('a flow that ended', () => {
  const flow = (state: FlowState, outcome: string | null = null): LinkFlow => ({
    id: 'flow',
    accountId: 'account',
    serviceId: 'service',
    workerId: null,
    askedBy: 'Ada',
    savesAtOnce: false,
    replacesIdentity: false,
    browserHash: null,
    state,
    exchanges: 0,
    wrongPins: 0,
    sealedRequest: null,
    sealedGrant: null,
    outcome,
    createdAt: 0,
    expiresAt: 100,
  });

  test('is let through only while it waits and has time', () => {
    refuseEndedFlow(flow('new'), 99);
    refuseEndedFlow(flow('waiting'), 99);
    assert.throws(() => refuseEndedFlow(flow('waiting'), 100), { code: 'flow_expired' });
  });

  for (const state of [
    'exchanging',
    'pending',
    'saved',
    'denied',
    'unknown',
    'failed',
    'discarded',
  ] as const) {
    test(`is used when it is ${state}`, () =>
      assert.throws(() => refuseEndedFlow(flow(state), 0), { code: 'flow_used' }));
  }
});
