import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HubError } from '../../../server/errors.ts';
import { createPasswords } from '../../../server/people/passwords.ts';

test('a password is kept as argon2id with 19 MiB and two passes, salted', async () => {
  const { hash } = createPasswords();
  const [one, other] = await Promise.all([hash('the same password'), hash('the same password')]);
  assert.match(one, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  assert.notEqual(one, other);
});

test('only the right password fits, however its accents were typed', async () => {
  const { hash, check } = createPasswords();
  const stored = await hash('caf\u00e9 au lait, twice');
  assert.equal(await check('caf\u00e9 au lait, twice', stored), true);
  assert.equal(await check('cafe\u0301 au lait, twice', stored), true);
  assert.equal(await check('cafe au lait, twice', stored), false);
});

test('for somebody unknown the answer is no, after the same work', async () => {
  const { check } = createPasswords({ atOnce: 1, waiting: 0 });
  // Only a hash that is really computed can be in the way of another one.
  const outcomes = await Promise.allSettled([
    check('some password', undefined),
    check('some password', undefined),
  ]);
  assert.deepEqual(outcomes[0], { status: 'fulfilled', value: false });
  assert.ok(outcomes[1]?.status === 'rejected' && outcomes[1].reason instanceof HubError);
  assert.equal(outcomes[1].reason.code, 'busy');
});

test('beyond those that run and wait, a hash is refused as busy and the rest still finish', async () => {
  const { hash } = createPasswords({ atOnce: 1, waiting: 2 });
  const outcomes = await Promise.allSettled(['one', 'two', 'three', 'four', 'five'].map(hash));
  assert.deepEqual(
    outcomes.map(({ status }) => status),
    ['fulfilled', 'fulfilled', 'fulfilled', 'rejected', 'rejected'],
  );
  const last = outcomes[4];
  assert.ok(last?.status === 'rejected' && last.reason instanceof HubError && last.reason.code === 'busy');
  assert.match(await hash('six'), /^\$argon2id\$/);
});
