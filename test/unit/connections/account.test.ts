import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  accessLevelWords,
  identityName,
  isOtherIdentity,
  maySeeAccount,
  readAccountDraft,
  tellApart,
} from '../../../server/connections/account.ts';
import { identityCallOf, readIdentity } from '../../../server/connections/identity.ts';
import { providers } from '../../../server/connections/providers/index.ts';

const read = (fields: Record<string, unknown>) =>
  readAccountDraft({ name: 'A', service_id: '12', ...fields }, providers);

describe('an account', () => {
  test('is owned by the application or a worker, however a package spells it', () => {
    for (const context of ['app', 'cerberusweb.contexts.app', 'Application', undefined]) {
      const { value } = read({ owner__context: context, owner_id: '0' });
      assert.deepEqual(value.owner, { context: 'app', id: '0' });
    }
    for (const context of ['worker', 'cerberusweb.contexts.worker']) {
      assert.deepEqual(read({ owner__context: context, owner_id: 'w' }).value.owner, {
        context: 'worker',
        id: 'w',
      });
    }
  });

  test('of a role cannot be stored, and says why', () => {
    for (const context of ['role', 'cerberusweb.contexts.role']) {
      const [remark] = read({ owner__context: context, owner_id: '3' }).unsupported;
      assert.equal(remark?.path, '/owner__context');
      assert.match(remark?.message ?? '', /cannot own an account/);
    }
    assert.equal(read({ owner__context: 'ticket', owner_id: '3' }).faults[0]?.path, '/owner__context');
  });

  test('takes parameters that some provider takes, and names those that none does', () => {
    const tokens = { oauth_token: 't', oauth_token_secret: 's' };
    assert.deepEqual(read({ params: tokens }).value.credentials, tokens);
    const { unsupported } = read({ params: { access_card: 'k' } });
    assert.match(unsupported[0]?.message ?? '', /access_card/);
    assert.equal(read({ params: { access_token: 't', expires: 12 } }).value.credentials.expires, '12');
    assert.equal(read({ params: { oauth_token: {} } }).faults[0]?.path, '/params/oauth_token');
  });

  test('has a name that reads as it is written, whatever the language', () => {
    for (const name of ['Zoë’s shop', '日本 🐦', 'שלום', '10 % & <b>']) {
      assert.deepEqual(read({ name }).faults, []);
    }
    for (const name of ['invoice\u202egnp.exe', 'a\u2066b', 'a\u0000b', 'a\nb', 'a\ud800']) {
      assert.equal(read({ name }).faults[0]?.path, '/name', JSON.stringify(name));
    }
  });

  test('of the application is known to every worker, of another worker to nobody else but admins', () => {
    const worker = { kind: 'worker', id: 'w', name: 'W', isAdmin: false, groupIds: [] } as const;
    const ofApp = { id: 'a', owner: { context: 'app', id: '0' } } as const;
    const ofOther = { id: 'a', owner: { context: 'worker', id: 'x' } } as const;
    assert.equal(maySeeAccount(worker, ofApp), true);
    assert.equal(maySeeAccount(worker, ofOther), false);
    assert.equal(maySeeAccount({ ...worker, isAdmin: true }, ofOther), true);
  });
});

test('an access level is told in words, an unknown one as it is', () => {
  assert.equal(accessLevelWords('read'), 'may only read');
  assert.equal(accessLevelWords(null), null);
  assert.match(accessLevelWords('write-only') ?? '', /'write-only'/);
});

test('a handle is shown with @, a name as it is, and ids decide who is another', () => {
  assert.equal(identityName({ id: '1', name: 'alice' }), '@alice');
  assert.equal(identityName({ id: '1', name: 'Alice B.' }), 'Alice B.');
  assert.equal(identityName({ id: '1', name: null }), '1');
  assert.equal(identityName(null), null);
  const alice = { id: '9007199254740993', name: 'alice' };
  assert.equal(isOtherIdentity(alice, { id: '9007199254740992', name: 'alice' }), true);
  assert.equal(isOtherIdentity(alice, { id: '9007199254740993', name: 'renamed' }), false);
  assert.equal(isOtherIdentity(alice, { id: null, name: 'bob' }), false);
  assert.equal(isOtherIdentity(null, alice), false);
});

test('two identities of one name are told apart by their ids', () => {
  const alice = { id: '1', name: 'alice' };
  assert.deepEqual(tellApart(alice, { id: '2', name: 'bob' }), { was: '@alice', becomes: '@bob' });
  assert.deepEqual(tellApart(alice, { id: '2', name: 'alice' }), {
    was: '@alice (1)',
    becomes: '@alice (2)',
  });
  assert.deepEqual(tellApart({ id: '1', name: null }, { id: '2', name: null }), { was: '1', becomes: '2' });
});

test('identity is read at the paths that the service names, ids above 2^53 unchanged', () => {
  const call = identityCallOf({
    identity: { url: 'https://api.example/me', id: 'data.id', name: 'data.names.0' },
  });
  assert.ok(call);
  const answer = (text: string) => readIdentity(call, new TextEncoder().encode(text));
  const body = '{"data":{"id":9007199254740993,"names":["alice"]}}';
  assert.deepEqual(answer(body), { id: '9007199254740993', name: 'alice' });
  assert.deepEqual(answer('{"data":{}}'), { id: null, name: null });
  assert.equal(answer('<html>'), undefined);
  assert.equal(identityCallOf({}), undefined);
});
