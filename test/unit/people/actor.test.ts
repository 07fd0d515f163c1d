import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type Actor,
  isAdmin,
  mayGiveTo,
  mayUse,
  mayUseAccount,
  type Owner,
  ownerContexts,
  ownersSeen,
  readOwnerContext,
} from '../../../server/people/actor.ts';

const owners = {
  app: { context: 'app', id: '0' },
  ann: { context: 'worker', id: 'ann' },
  bob: { context: 'worker', id: 'bob' },
  support: { context: 'group', id: 'support' },
  sales: { context: 'group', id: 'sales' },
} satisfies Record<string, Owner>;
const ownerNames = Object.keys(owners) as (keyof typeof owners)[]; // the keys are exactly these

const actors = {
  'admin ann': { kind: 'worker', id: 'ann', name: 'Ann', isAdmin: true, groupIds: [] },
  'worker ann': { kind: 'worker', id: 'ann', name: 'Ann', isAdmin: false, groupIds: [] },
  'ann of support': { kind: 'worker', id: 'ann', name: 'Ann', isAdmin: false, groupIds: ['support'] },
  'a worker with the id of a group': { kind: 'worker', id: 'sales', name: 'S', isAdmin: false, groupIds: [] },
  'a member of a group with the id of a worker': {
    kind: 'worker',
    id: 'eve',
    name: 'Eve',
    isAdmin: false,
    groupIds: ['bob'],
  },
  'admin key': { kind: 'api_key', id: 'k1', name: 'Key', isAdmin: true, accountIds: [] },
  'key with the account': { kind: 'api_key', id: 'k2', name: 'Key', isAdmin: false, accountIds: ['account'] },
  'key with another account': {
    kind: 'api_key',
    id: 'k3',
    name: 'Key',
    isAdmin: false,
    accountIds: ['other'],
  },
  'key named like ann': { kind: 'api_key', id: 'ann', name: 'Key', isAdmin: false, accountIds: [] },
  'bot of the application': { kind: 'bot', id: 'b1', name: 'Bot', owner: owners.app },
  'bot of ann': { kind: 'bot', id: 'b2', name: 'Bot', owner: owners.ann },
  'bot of support': { kind: 'bot', id: 'b4', name: 'Bot', owner: owners.support },
  'bot of a worker called 0': { kind: 'bot', id: 'b3', name: 'Bot', owner: { context: 'worker', id: '0' } },
  'command line': { kind: 'cli', id: 'cli', name: 'command line' },
} satisfies Record<string, Actor>;
const names = Object.keys(actors) as (keyof typeof actors)[]; // the keys are exactly these

const everything = [true, true, true, true, true];
const nothing = [false, false, false, false, false];

/** Actor -> may use the things of the application, of ann, of bob, of support, of sales. */
const rights: Record<keyof typeof actors, readonly boolean[]> = {
  'admin ann': everything,
  'worker ann': [false, true, false, false, false],
  'ann of support': [false, true, false, true, false],
  'a worker with the id of a group': nothing,
  'a member of a group with the id of a worker': nothing,
  'admin key': everything,
  'key with the account': nothing,
  'key with another account': nothing,
  'key named like ann': nothing,
  'bot of the application': [true, false, false, false, false],
  'bot of ann': [false, true, false, false, false],
  'bot of support': [false, false, false, true, false],
  'bot of a worker called 0': nothing,
  'command line': everything,
};

test('mayUse answers as the table of actors and owners says', () => {
  for (const name of names) {
    const answers = ownerNames.map((owner) => mayUse(actors[name], owners[owner]));
    assert.deepEqual(answers, rights[name], name);
  }
});

test('mayUseAccount answers as mayUse, but a key that is no admin reaches the accounts given to it and no other', () => {
  for (const name of names) {
    const answers = ownerNames.map((owner) =>
      mayUseAccount(actors[name], { id: 'account', owner: owners[owner] }),
    );
    const expected = name === 'key with the account' ? everything : rights[name];
    assert.deepEqual(answers, expected, name);
  }
});

test('lists show workers and bots what mayUse lets them use, and nothing of it to keys without admin rights', () => {
  for (const name of names) {
    const seen = ownersSeen(actors[name]);
    const listed = ownerNames.map(
      (owner) =>
        seen === 'all' ||
        seen.some(({ context, id }) => context === owners[owner].context && id === owners[owner].id),
    );
    assert.deepEqual(listed, rights[name], name);
  }
});

test('a worker gives what it has to itself and to its groups, a bot to its owner, an admin to anybody', () => {
  for (const name of names) {
    const given = ownerNames.map((owner) => mayGiveTo(actors[name], owners[owner]));
    assert.deepEqual(given, rights[name], name);
  }
});

test('admins are admin workers, admin keys and the command line; a bot never is', () => {
  const admins = names.filter((name) => isAdmin(actors[name]));
  assert.deepEqual(admins, ['admin ann', 'admin key', 'command line']);
});

test('an owner is read by its short name or its full id, in any case, and a role is none', () => {
  for (const [short, full] of Object.entries(ownerContexts)) {
    assert.equal(readOwnerContext(short), short);
    assert.equal(readOwnerContext(full), short);
    assert.equal(readOwnerContext(full.toUpperCase()), short);
  }
  for (const other of ['role', 'cerberusweb.contexts.role', '', 'constructor', 'org'])
    assert.equal(readOwnerContext(other), undefined, other);
});
