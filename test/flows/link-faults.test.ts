/** What a remote service can get wrong while an account is linked, one switch of the sandbox each. */
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { createBrowser } from '../../server/demo/browser.ts';
import type { FaultName } from '../../server/sandbox/fault-table.ts';
import { makeAccount, makeService } from '../support/contract.ts';
import { startTestHub, type TestHub } from '../support/hub.ts';

type Fault = readonly [name: FaultName, value?: string | number];

const requestPath = '/oauth/request_token';
const accessPath = '/oauth/access_token';

/** Answers of a token endpoint from which nothing may be taken. */
const unusable: readonly Fault[] = [
  ['token-malformed'],
  ['token-missing-secret'],
  ['token-empty'],
  ['token-control'],
  ['duplicate-token'],
  ['truncated'],
  ['huge-body', 1024 * 1024],
  ['endless'],
  ['redirect', 'https://api.twitter.com/oauth/request_token'],
  ['redirect', 'https://evil.example/oauth'],
  ['error-code', 32],
  ['error-code', 415],
  ['problem', 'consumer_key_unknown'],
  ['problem-form', 'parameter_absent'],
  ['plain-error', 'Error: mwoauth-bad-request'],
  ['html-error'],
  ['error-500'],
  ['empty-error', 401],
  ['nonce-used'],
  ['drop'],
  ['drop-answer'],
];

/** Answers that look odd and are good. */
const usable: readonly Fault[] = [
  ['token-json'],
  ['token-form-as-json'],
  ['token-json-as-form'],
  ['token-ending', '+/=&%2B é'],
];

describe('linking', () => {
  let hub: TestHub;
  let serviceId = '';
  before(async () => {
    hub = await startTestHub({ env: { COUNTERSIGN_TOTAL_TIMEOUT_MS: '3000' } });
    serviceId = (await makeService(hub)).id;
  });
  after(() => hub.close());
  afterEach(() => hub.sandbox.faults.clear());

  const set = ([name, value]: Fault, path?: string) =>
    hub.sandbox.faults.set(name, { ...(value !== undefined && { value }), ...(path && { path }) });
  const sentTo = (wanted: string) =>
    hub.sandbox.journal.entries().filter(({ path }) => path === wanted).length;

  /** Walks a link of a new account as far as it goes, and tells where it ended. */
  const walk = async (button = /^Authorize/) => {
    const { id } = await makeAccount(hub, serviceId);
    const { body } = await hub.api('POST', `/connected-accounts/${id}/link`, {});
    const exchanges = sentTo(accessPath);
    const browser = createBrowser();
    const consent = await browser.press(await browser.open(body.url), /^Continue/);
    const isAsked = consent.url.pathname.startsWith('/oauth/');
    const end = isAsked ? await browser.press(consent, button, { user: 'alice' }) : consent;
    return {
      isAsked,
      page: end,
      exchanges: sentTo(accessPath) - exchanges,
      account: (await hub.api('GET', `/connected-accounts/${id}`)).body,
    };
  };
  const named = ([name, value]: Fault) =>
    value === undefined ? name : `${name} ${JSON.stringify(value).slice(0, 40)}`;

  for (const fault of [
    ...unusable,
    ['no-callback-confirmed'],
    ['callback-confirmed-false'],
    ['callback-confirmed', 'TRUE'],
    ['callback-confirmed', '1'],
    ['duplicate-callback-confirmed'],
  ] satisfies Fault[]) {
    test(`nobody is asked for consent with a request token of ${named(fault)}`, async () => {
      set(fault, requestPath);
      const { isAsked, page, account } = await walk();
      assert.equal(isAsked, false);
      assert.equal(page.status, 502);
      assert.match(page.html, /Not linked/);
      assert.equal(account.status, 'unlinked');
    });
  }

  for (const fault of [...unusable, ['expire-request-tokens']] satisfies Fault[]) {
    test(`no account is linked by an access token of ${named(fault)}, and it is asked for once`, async () => {
      set(fault, accessPath);
      const { isAsked, page, exchanges, account } = await walk();
      assert.equal(isAsked, true);
      assert.equal(page.status, 502);
      assert.equal(exchanges, 1);
      assert.equal(account.status, 'unlinked');
    });
  }

  for (const path of [requestPath, accessPath]) {
    for (const fault of usable) {
      test(`an account is linked all the same by ${named(fault)} at ${path}`, async () => {
        set(fault, path);
        const { page, account } = await walk();
        assert.equal(page.status, 200, page.html);
        assert.equal(account.status, 'linked');
        assert.equal(account.identity.id, '9007199254740993');
      });
    }
  }

  test('a verifier goes back as it came, whatever it holds', async () => {
    set(['callback-verifier', 'v+/= %&~']);
    assert.equal((await walk()).account.status, 'linked');
  });

  for (const fault of [
    ['callback-no-verifier'],
    ['callback-verifier', ''],
    ['callback-verifier', 'a\r\nb'],
    ['callback-verifier', 'v'.repeat(10_000)],
    ['callback-other-token'],
    ['callback-duplicate-token'],
    ['callback-duplicate-verifier'],
  ] satisfies Fault[]) {
    test(`a callback with ${named(fault)} is refused before anything is exchanged`, async () => {
      set(fault);
      const { page, exchanges, account } = await walk();
      assert.equal(page.status, 400);
      assert.equal(exchanges, 0);
      assert.equal(account.status, 'unlinked');
    });
  }

  for (const fault of [['deny-consent'], ['callback-and-denied']] satisfies Fault[]) {
    test(`consent that was refused (${named(fault)}) ends without an exchange and without an error`, async () => {
      set(fault);
      const { page, exchanges, account } = await walk();
      assert.equal(page.status, 200);
      assert.match(page.html, /Consent was refused/);
      assert.equal(exchanges, 0);
      assert.equal(account.status, 'unlinked');
    });
  }

  test('a nonce that is refused by name costs one more request at each step', async () => {
    for (const path of [requestPath, accessPath]) {
      hub.sandbox.faults.set('problem', { value: 'nonce_used', times: 1, path });
      assert.equal((await walk()).account.status, 'linked', path);
    }
  });
});
