import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { HubError } from '../../server/errors.ts';
import type { PageAnswer, PageRoute, Visit, WorkerActor } from '../../server/http/route.ts';
import { createIdMaker } from '../../server/id.ts';
import { deleteExpired } from '../../server/people/access-store.ts';
import type { Actor } from '../../server/people/actor.ts';
import { createApiKey, findKeyActor, revokeApiKey } from '../../server/people/api-keys.ts';
import { triesPerAccount, triesPerAddress } from '../../server/people/brake.ts';
import { createGroup } from '../../server/people/groups.ts';
import { listOwners, ownerExists, ownerLabel } from '../../server/people/owners.ts';
import { peoplePages } from '../../server/people/pages.ts';
import { createPasswords } from '../../server/people/passwords.ts';
import { hashSecret } from '../../server/people/secret-hash.ts';
import { findSessionWorker } from '../../server/people/sessions.ts';
import { signIn } from '../../server/people/sign-in.ts';
import { listWorkers } from '../../server/people/store.ts';
import { acceptWelcome, ensureSetupAddress, ensureSetupCode, readCode } from '../../server/people/welcome.ts';
import { addWorker, changeRole, inviteAgain, setDisabled } from '../../server/people/workers.ts';
import { withDatabases } from '../support/databases.ts';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
const password = 'three random words';
const cli: Actor = { kind: 'cli', id: 'cli', name: 'command line' };

withDatabases((database) => {
  async function setUp() {
    const db = await database.open();
    const clock = { at: Date.UTC(2030, 0, 1) };
    const deps = {
      db,
      config: { url: new URL('https://hub.example') },
      now: () => clock.at,
      newId: createIdMaker(() => clock.at),
      randomBytes,
      passwords: createPasswords({ atOnce: 4, waiting: 5000 }),
      listAccounts: async (): Promise<{ id: string; label: string }[]> => [],
      ownedBy: async (): Promise<{ context: string; id: string; label: string }[]> => [],
      counts: async () => ({ services: 0, accounts: 0, linkedAccounts: 0, bots: 0 }),
      accountsInNeed: async () => [],
    };
    return { db, clock, deps, routes: peoplePages(deps) };
  }

  async function withAdmin() {
    const hub = await setUp();
    const code = (await ensureSetupCode(hub.deps)) ?? '';
    const session = await acceptWelcome(hub.deps, { code, name: 'Ann', email: 'ann@example.org', password });
    const ann = await workerOf(hub, session);
    return { ...hub, session, ann };
  }

  async function withWorker() {
    const hub = await withAdmin();
    const invited = await addWorker(hub.deps, { actor: cli, email: 'bob@example.org', isAdmin: false });
    const code = codeOf(invited.address);
    const bobsSession = await acceptWelcome(hub.deps, { code, name: 'Bob', email: undefined, password });
    return { ...hub, bobsSession, bob: await workerOf(hub, bobsSession) };
  }

  const said = (sentence: string) => `${database.name}: ${sentence}`;

  test(
    said('while there is no admin a code is made, each in place of the last, and none after'),
    async () => {
      const { deps, clock } = await setUp();
      const first = (await ensureSetupCode(deps)) ?? '';
      const second = (await ensureSetupCode(deps)) ?? '';
      await rejects(readCode(deps, first), 'not_found');
      assert.deepEqual(await readCode(deps, second), { purpose: 'setup' });
      assert.match((await ensureSetupAddress(deps)) ?? '', /^https:\/\/hub\.example\/welcome\/[\w-]{43}$/);
      const third = (await ensureSetupCode(deps)) ?? '';
      clock.at += hour;
      await rejects(readCode(deps, third), 'flow_expired');
      const code = (await ensureSetupCode(deps)) ?? '';
      const input = { code, name: 'Ann', email: 'ann@example.org', password };
      const outcomes = await Promise.allSettled([acceptWelcome(deps, input), acceptWelcome(deps, input)]);
      assert.deepEqual(outcomes.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
      await rejects(acceptWelcome(deps, input), 'flow_used');
      assert.equal(await ensureSetupCode(deps), undefined);
      assert.deepEqual(
        (await listWorkers(deps.db)).map(({ email, isAdmin }) => [email, isAdmin]),
        [['ann@example.org', true]],
      );
    },
  );

  test(said('codes, session ids, keys and passwords are not in the database as they are'), async () => {
    const { deps, db, session, ann } = await withAdmin();
    const { address } = await addWorker(deps, { actor: ann, email: 'bob@example.org', isAdmin: false });
    const { key } = await createApiKey(deps, { actor: ann, name: 'Program', isAdmin: true, accountIds: [] });
    const rows = [];
    for (const table of ['workers', 'invitations', 'sessions', 'api_keys']) rows.push(await db(table));
    const dump = JSON.stringify(rows);
    for (const secret of [session, codeOf(address), key, password]) assert.ok(!dump.includes(secret));
    assert.ok(dump.includes(hashSecret(session)));
    assert.equal(await findSessionWorker(db, hashSecret(hashSecret(session)), deps.now()), undefined);
  });

  test(
    said('an invited worker comes once, within 72 hours, and a new address voids the old one'),
    async () => {
      const { deps, clock, ann } = await withAdmin();
      const first = await addWorker(deps, { actor: ann, email: ' Bob@Example.org', isAdmin: true });
      assert.match(first.address, /^https:\/\/hub\.example\/welcome\/[\w-]{43}$/);
      assert.equal(first.worker.email, 'bob@example.org');
      const second = await addWorker(deps, { actor: ann, email: 'bob@example.org', isAdmin: false });
      await rejects(readCode(deps, codeOf(first.address)), 'not_found');
      clock.at += 72 * hour;
      await rejects(readCode(deps, codeOf(second.address)), 'flow_expired');
      const third = await inviteAgain(deps, { actor: ann, workerId: second.worker.id });
      const input = { code: codeOf(third.address), name: 'Bob', email: 'mallory@example.org', password };
      const session = await acceptWelcome(deps, input);
      const bob = await findSessionWorker(deps.db, hashSecret(session), clock.at);
      assert.deepEqual(bob, {
        kind: 'worker',
        id: second.worker.id,
        name: 'Bob',
        isAdmin: false,
        groupIds: [],
      });
      await rejects(acceptWelcome(deps, input), 'flow_used');
      await rejects(addWorker(deps, { actor: ann, email: 'bob@example.org', isAdmin: true }), 'conflict');
      await rejects(addWorker(deps, { actor: ann, email: 'nobody', isAdmin: true }), 'bad_request');
    },
  );

  test(said('only an admin changes workers and keys'), async () => {
    const { deps, ann, bob } = await withWorker();
    const asked = { actor: bob, workerId: ann.id };
    await rejects(addWorker(deps, { actor: bob, email: 'c@example.org', isAdmin: true }), 'forbidden');
    await rejects(inviteAgain(deps, asked), 'forbidden');
    await rejects(changeRole(deps, { ...asked, isAdmin: false }), 'forbidden');
    await rejects(setDisabled(deps, { ...asked, isDisabled: true }), 'forbidden');
    await rejects(
      createApiKey(deps, { actor: bob, name: 'Key', isAdmin: true, accountIds: [] }),
      'forbidden',
    );
    await rejects(revokeApiKey(deps, { actor: bob, id: 'x' }), 'forbidden');
  });

  test(said('signing in begins a new session and ends the one the browser held'), async () => {
    const { deps, db, session } = await withAdmin();
    const old = hashSecret(session);
    const input = { email: 'ANN@example.org ', password, ip: '192.0.2.1', sessionHash: old };
    const next = (await signIn(deps, input)) ?? '';
    assert.match(next, /^[\w-]{43}$/);
    assert.notEqual(next, session);
    assert.equal(await findSessionWorker(db, old, deps.now()), undefined);
    assert.equal((await findSessionWorker(db, hashSecret(next), deps.now()))?.name, 'Ann');
  });

  test(said('a wrong password, an unknown address and a disabled worker get the same answer'), async () => {
    const { deps, ann, bob, bobsSession } = await withWorker();
    const who = { ip: '192.0.2.1', sessionHash: undefined };
    assert.equal(await signIn(deps, { ...who, email: 'ann@example.org', password: 'wrong' }), undefined);
    assert.equal(await signIn(deps, { ...who, email: 'eve@example.org', password }), undefined);
    assert.equal(await signIn(deps, { ...who, email: 'no address', password }), undefined);
    await addWorker(deps, { actor: ann, email: 'cat@example.org', isAdmin: false });
    assert.equal(await signIn(deps, { ...who, email: 'cat@example.org', password: '' }), undefined);
    await setDisabled(deps, { actor: ann, workerId: bob.id, isDisabled: true });
    assert.equal(await signIn(deps, { ...who, email: 'bob@example.org', password }), undefined);
    assert.equal(await findSessionWorker(deps.db, hashSecret(bobsSession), deps.now()), undefined);
    await setDisabled(deps, { actor: ann, workerId: bob.id, isDisabled: false });
    assert.ok(await signIn(deps, { ...who, email: 'bob@example.org', password }));
  });

  test(said('a session ends after 8 idle hours and after 7 days'), async () => {
    const { db, clock, session } = await withAdmin();
    const hash = hashSecret(session);
    const began = clock.at;
    clock.at += 8 * hour;
    assert.equal(await findSessionWorker(db, hash, clock.at), undefined);
    clock.at = began;
    for (; clock.at < began + 7 * day; clock.at += 7 * hour) {
      assert.ok(await findSessionWorker(db, hash, clock.at), `after ${(clock.at - began) / hour} h`);
    }
    clock.at = began + 7 * day;
    assert.equal(await findSessionWorker(db, hash, clock.at), undefined);
    assert.equal(await deleteExpired(db, clock.at), 2, 'the session and the code of the first admin');
    assert.deepEqual(await db('sessions'), []);
  });

  test(said('of many tries at once exactly the allowed number is looked at, and the rest wait'), async () => {
    const { deps, clock } = await withAdmin();
    const guess = { email: 'ann@example.org', password: 'wrong', ip: '192.0.2.1', sessionHash: undefined };
    let looked = 0;
    const passwords = { ...deps.passwords, check: async () => ++looked < 0 };
    const hub = { ...deps, passwords };
    const outcomes = await Promise.allSettled(Array.from({ length: 40 }, () => signIn(hub, guess)));
    assert.equal(looked, triesPerAccount);
    const refused = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []));
    assert.equal(refused.length, 40 - triesPerAccount);
    for (const error of refused) {
      assert.equal(error.code, 'rate_limited');
      assert.equal(error.extra.retry_after, 15 * 60);
    }
    await rejects(signIn(deps, { ...guess, password }), 'rate_limited');
    assert.ok(await signIn(deps, { ...guess, password, ip: '192.0.2.2' }), 'others are not locked out');
    clock.at += 15 * minute;
    assert.ok(await signIn(deps, { ...guess, password }));
  });

  test(said('one address has so many tries over all accounts, a /64 of IPv6 counting as one'), async () => {
    const { deps } = await withAdmin();
    const hub = { ...deps, passwords: { ...deps.passwords, check: async () => false } };
    const guess = (n: number) => ({
      email: `person${n}@example.org`,
      password: 'wrong',
      ip: `2001:db8:1:1::${n.toString(16)}`,
      sessionHash: undefined,
    });
    for (let n = 0; n < triesPerAddress; n++) assert.equal(await signIn(hub, guess(n)), undefined);
    await rejects(signIn(hub, guess(triesPerAddress)), 'rate_limited');
    const good = { ...guess(1), email: 'ann@example.org', password, ip: '2001:db8:1:2::1' };
    assert.ok(await signIn(deps, good));
  });

  test(said('right passwords do not use the tries up'), async () => {
    const { deps } = await withAdmin();
    const input = { email: 'ann@example.org', password, ip: '192.0.2.1', sessionHash: undefined };
    const hub = { ...deps, passwords: { ...deps.passwords, check: async () => true } };
    for (let n = 0; n < triesPerAddress + 5; n++) assert.ok(await signIn(hub, input));
  });

  test(said('the last admin stays, also when two admins demote each other at once'), async () => {
    const { deps, ann, bob } = await withWorker();
    const disable = { actor: ann, workerId: ann.id, isDisabled: true };
    await rejects(setDisabled(deps, disable), 'conflict');
    await rejects(changeRole(deps, { actor: ann, workerId: ann.id, isAdmin: false }), 'conflict');
    await changeRole(deps, { actor: ann, workerId: bob.id, isAdmin: true });
    const outcomes = await Promise.allSettled([
      changeRole(deps, { actor: ann, workerId: bob.id, isAdmin: false }),
      changeRole(deps, { actor: { ...bob, isAdmin: true }, workerId: ann.id, isAdmin: false }),
    ]);
    assert.deepEqual(outcomes.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
    assert.equal((await listWorkers(deps.db)).filter((worker) => worker.isAdmin).length, 1);
  });

  test(said('a changed role ends the sessions of that worker'), async () => {
    const { deps, db, ann, bob, bobsSession } = await withWorker();
    await changeRole(deps, { actor: ann, workerId: bob.id, isAdmin: true });
    assert.equal(await findSessionWorker(db, hashSecret(bobsSession), deps.now()), undefined);
  });

  test(said('a key is known by itself alone, bound to its accounts, until it is revoked'), async () => {
    const { deps, db, clock, ann } = await withAdmin();
    const accounts = await insertAccounts(db, clock.at);
    const hub = { ...deps, listAccounts: async () => accounts };
    const asked = { actor: ann, name: ' The  program ', isAdmin: false, accountIds: ['A1', 'A2', 'A1'] };
    const { id, key } = await createApiKey(hub, asked);
    assert.match(key, /^cs_[\w-]{43}$/);
    const actor = await findKeyActor(db, key, clock.at);
    const expected = { kind: 'api_key', id, name: 'The program', isAdmin: false, accountIds: ['A1', 'A2'] };
    assert.deepEqual(actor, expected);
    for (const wrong of [
      '',
      'cs_',
      key.slice(0, -1),
      `${key}A`,
      key.toUpperCase(),
      ` ${key}`,
      hashSecret(key),
    ]) {
      assert.equal(await findKeyActor(db, wrong, clock.at), undefined);
    }
    // What a query parser may hand over instead of a text.
    const object: unknown = { length: 46 };
    assert.equal(await findKeyActor(db, object as string, clock.at), undefined);
    await rejects(createApiKey(hub, { ...asked, accountIds: ['A3'] }), 'bad_request');
    await rejects(createApiKey(hub, { ...asked, name: ' ' }), 'bad_request');
    await db('connected_accounts').where({ id: 'A1' }).delete();
    assert.deepEqual(await findKeyActor(db, key, clock.at), { ...expected, accountIds: ['A2'] });
    await revokeApiKey(deps, { actor: ann, id });
    assert.equal(await findKeyActor(db, key, clock.at), undefined);
    await rejects(revokeApiKey(deps, { actor: ann, id }), 'not_found');
  });

  test(said('the last use of a key is noted at most once a minute'), async () => {
    const { deps, db, clock, ann } = await withAdmin();
    const { id, key } = await createApiKey(deps, { actor: ann, name: 'Key', isAdmin: true, accountIds: [] });
    const lastUsed = async () => (await db('api_keys').where({ id }).first()).last_used_at;
    const began = clock.at;
    for (const [after, noted] of [
      [0, 0],
      [59_999, 0],
      [60_000, 60_000],
      [61_000, 60_000],
    ] as const) {
      await findKeyActor(db, key, began + after);
      assert.equal(await lastUsed(), began + noted);
    }
  });

  test(said('owners are the application and the workers who are not disabled'), async () => {
    const { deps, db, ann, bob } = await withWorker();
    const owner = { context: 'worker', id: bob.id } as const;
    assert.deepEqual(await listOwners(db), [
      { context: 'app', id: '0', label: 'Application' },
      { context: 'worker', id: ann.id, label: 'Ann' },
      { ...owner, label: 'Bob' },
    ]);
    await setDisabled(deps, { actor: ann, workerId: bob.id, isDisabled: true });
    assert.equal((await listOwners(db)).length, 2);
    assert.equal(await ownerLabel(db, owner), 'Bob');
    assert.equal(await ownerExists(db, owner), true);
    assert.equal(await ownerExists(db, { context: 'worker', id: 'nobody' }), false);
    assert.equal(await ownerExists(db, { context: 'app', id: '0' }), true);
    assert.equal(await ownerExists(db, { context: 'app', id: '1' }), false);
  });

  test(said('no page that is only read changes anything'), async () => {
    const { db, routes, ann, session, deps } = await withWorker();
    const { address, worker } = await addWorker(deps, { actor: ann, email: 'c@example.org', isAdmin: false });
    const dump = async () => {
      const rows = [];
      for (const table of [
        'workers',
        'invitations',
        'sessions',
        'api_keys',
        'attempts',
        'groups',
        'group_members',
      ])
        rows.push(await db(table));
      return JSON.stringify(rows);
    };
    const groupId = await createGroup(deps, ann, { name: 'Team', memberIds: [worker.id] });
    const before = await dump();
    const visit = visitOf({ worker: ann, sessionHash: hashSecret(session) });
    for (const route of routes.filter(({ method }) => method === 'GET')) {
      const id = route.path.startsWith('/setup/groups') ? groupId : worker.id;
      const params = { id, code: codeOf(address) };
      await route.handle({ ...visit, params });
    }
    assert.equal(await dump(), before);
  });

  test(
    said('the pages welcome the first admin, sign out and in again, and go where one wanted to'),
    async () => {
      const { deps, db, routes } = await setUp();
      const code = (await ensureSetupCode(deps)) ?? '';
      const shown = viewOf(await call(routes, 'GET /welcome/:code', { params: { code } }));
      assert.equal(shown.view, 'people/welcome');
      assert.equal(shown.model.isSetup, true);
      const faulty = { email: 'ann', name: ' ', password: 'short', password_again: 'other' };
      const refused = viewOf(await call(routes, 'POST /welcome/:code', { params: { code }, form: faulty }));
      assert.equal(refused.status, 422);
      assert.deepEqual(Object.keys(errorsOf(refused)), ['email', 'name', 'password', 'again']);
      const form = { email: 'ann@example.org', name: 'Ann', password, password_again: password };
      const begun = await call(routes, 'POST /welcome/:code', { params: { code }, form });
      const session = sessionOf(begun);
      const sessionHash = hashSecret(session);
      assert.deepEqual(await call(routes, 'POST /sign-out', { sessionHash }), {
        redirect: '/sign-in',
        session: { end: true },
        notice: 'You are signed out.',
      });
      assert.equal(await findSessionWorker(db, sessionHash, deps.now()), undefined);
      const wrong = await call(routes, 'POST /sign-in', {
        form: { ...form, password: 'wrong', next: '/bots' },
      });
      assert.equal(viewOf(wrong).status, 422);
      assert.equal(viewOf(wrong).model.next, '/bots');
      assert.ok(!JSON.stringify(wrong).includes('"wrong"'));
      const right = await call(routes, 'POST /sign-in', { form: { ...form, next: '/bots' } });
      assert.ok('redirect' in right && right.redirect === '/bots');
      const led = await call(routes, 'POST /sign-in', { form: { ...form, next: '//evil.example' } });
      assert.ok('redirect' in led && led.redirect === '/');
    },
  );

  test(said('making an admin takes the own password of who does it'), async () => {
    const { deps, routes, ann, bob } = await withWorker();
    const params = { id: bob.id };
    const form = { role: 'admin', own_password: 'wrong' };
    const refused = viewOf(await call(routes, 'POST /setup/workers/:id/role', { worker: ann, params, form }));
    assert.equal(refused.status, 422);
    const right = { role: 'admin', own_password: password };
    await call(routes, 'POST /setup/workers/:id/role', { worker: ann, params, form: right });
    assert.equal((await listWorkers(deps.db)).filter((worker) => worker.isAdmin).length, 2);
    const eve = { email: 'eve@example.org', role: 'admin' };
    assert.equal(viewOf(await call(routes, 'POST /setup/workers', { worker: ann, form: eve })).status, 422);
    const added = viewOf(
      await call(routes, 'POST /setup/workers', { worker: ann, form: { ...eve, ...right } }),
    );
    assert.equal(added.status, 201);
    assert.match(JSON.stringify(added.model.invited), /https:\/\/hub\.example\/welcome\//);
  });

  test(said('the page of API keys shows a new key once'), async () => {
    const { routes, ann } = await withAdmin();
    const form = { name: 'Program', rights: 'admin' };
    const made = viewOf(await call(routes, 'POST /setup/api-keys', { worker: ann, form }));
    assert.match(JSON.stringify(made.model), /"key":"cs_/);
    const listed = viewOf(await call(routes, 'GET /setup/api-keys', { worker: ann }));
    assert.ok(!JSON.stringify(listed.model).includes('cs_'));
    const nothing = viewOf(await call(routes, 'POST /setup/api-keys', { worker: ann, form: { name: '' } }));
    assert.deepEqual(Object.keys(errorsOf(nothing)), ['name', 'accounts']);
  });

  test(said('a new password needs the old one and ends every other session'), async () => {
    const { deps, db, routes, ann, session } = await withAdmin();
    const who = { email: 'ann@example.org', password, ip: '192.0.2.1', sessionHash: undefined };
    const other = (await signIn(deps, who)) ?? '';
    const visit = { worker: ann, sessionHash: hashSecret(session) };
    const chosen = { password: 'four other random words', password_again: 'four other random words' };
    const wrong = { ...visit, form: { ...chosen, own_password: 'wrong' } };
    assert.equal(viewOf(await call(routes, 'POST /profile/password', wrong)).status, 422);
    const right = { ...visit, form: { ...chosen, own_password: password } };
    const next = sessionOf(await call(routes, 'POST /profile/password', right));
    for (const old of [session, other]) {
      assert.equal(await findSessionWorker(db, hashSecret(old), deps.now()), undefined);
    }
    assert.ok(await findSessionWorker(db, hashSecret(next), deps.now()));
    assert.equal(await signIn(deps, who), undefined);
  });

  test(said('a worker sees the own sessions and signs the others out'), async () => {
    const { deps, db, routes, ann, session } = await withAdmin();
    const who = { email: 'ann@example.org', password, ip: '192.0.2.1', sessionHash: undefined };
    const other = (await signIn(deps, who)) ?? '';
    const visit = { worker: ann, sessionHash: hashSecret(session) };
    const page = viewOf(await call(routes, 'GET /profile', visit));
    assert.equal(page.model.hasOthers, true);
    await call(routes, 'POST /profile/sessions/end-others', visit);
    assert.equal(await findSessionWorker(db, hashSecret(other), deps.now()), undefined);
    assert.ok(await findSessionWorker(db, hashSecret(session), deps.now()));
  });
});

interface Asked {
  params?: Record<string, string>;
  form?: Record<string, string>;
  worker?: WorkerActor;
  sessionHash?: string;
}

function visitOf({ params = {}, form = {}, worker, sessionHash }: Asked): Visit {
  const fields = new FormData();
  for (const [name, value] of Object.entries(form)) fields.append(name, value);
  return {
    params,
    query: new URLSearchParams(),
    form: fields,
    worker,
    browserHash: hashSecret('browser'),
    sessionHash,
    ip: '192.0.2.7',
    signal: new AbortController().signal,
  };
}

async function call(routes: readonly PageRoute[], name: string, asked: Asked): Promise<PageAnswer> {
  const route = routes.find(({ method, path }) => `${method} ${path}` === name);
  assert.ok(route, `there is a route ${name}`);
  return route.handle(visitOf(asked));
}

function viewOf(answer: PageAnswer): Extract<PageAnswer, { view: string }> {
  assert.ok('view' in answer);
  return answer;
}

function errorsOf({ model }: { model: Record<string, unknown> }): object {
  const { errors } = model;
  assert.ok(typeof errors === 'object' && errors !== null);
  return Object.fromEntries(Object.entries(errors).filter(([, value]) => value !== undefined));
}

function sessionOf(answer: PageAnswer): string {
  assert.ok('redirect' in answer && answer.session && 'begin' in answer.session);
  return answer.session.begin;
}

function codeOf(address: string): string {
  return address.split('/welcome/')[1] ?? '';
}

async function workerOf(
  { db, clock }: { db: Parameters<typeof findSessionWorker>[0]; clock: { at: number } },
  session: string,
): Promise<WorkerActor> {
  const worker = await findSessionWorker(db, hashSecret(session), clock.at);
  assert.ok(worker);
  return worker;
}

async function rejects(work: Promise<unknown>, code: string): Promise<void> {
  await assert.rejects(work, (error) => error instanceof HubError && error.code === code);
}

async function insertAccounts(db: Parameters<typeof findSessionWorker>[0], at: number) {
  const times = { created_at: at, updated_at: at };
  await db('connected_services').insert({
    id: 'S1',
    name: 'S',
    extension_id: 'x',
    params: '{}',
    allowed_hosts: '[]',
    ...times,
  });
  const accounts = ['A1', 'A2'].map((id) => ({ id, label: id }));
  for (const { id, label } of accounts) {
    const owner = { owner_context: 'app', owner_id: '0' };
    const row = {
      id,
      name: label,
      service_id: 'S1',
      ...owner,
      status: 'linked',
      ...times,
    };
    await db('connected_accounts').insert(row);
  }
  return accounts;
}
