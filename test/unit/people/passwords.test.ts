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
  const { hash, check } = createPasswords();
  const stored = await hash('a password that is stored');
  const time = async (known: string | undefined) => {
    const started = performance.now();
    for (let i = 0; i < 5; i++) assert.equal(await check('some other password', known), false);
    return performance.now() - started;
  };
  await time(stored);
  const known = await time(stored);
  const unknown = await time(undefined);
  // Without the work it would be a thousand times less; the bounds only leave room for a busy machine.
  assert.ok(unknown > known / 5 && unknown < known * 5, `${unknown} and ${known} ms`);
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
