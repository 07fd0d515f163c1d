import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Actor, isAdmin, mayUse, mayUseAccount, type Owner } from '../../../server/people/actor.ts';

const app: Owner = { context: 'app', id: '0' };
const ann: Owner = { context: 'worker', id: 'ann' };
const bob: Owner = { context: 'worker', id: 'bob' };

const actors = {
  'admin ann': { kind: 'worker', id: 'ann', name: 'Ann', isAdmin: true },
  'worker ann': { kind: 'worker', id: 'ann', name: 'Ann', isAdmin: false },
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
  'bot of the application': { kind: 'bot', id: 'b1', name: 'Bot', owner: app },
  'bot of ann': { kind: 'bot', id: 'b2', name: 'Bot', owner: ann },
  'bot of a worker called 0': { kind: 'bot', id: 'b3', name: 'Bot', owner: { context: 'worker', id: '0' } },
  'command line': { kind: 'cli', id: 'cli', name: 'command line' },
} satisfies Record<string, Actor>;

/** Actor -> may use the things of the application, of ann, of bob. */
const rights: Record<keyof typeof actors, [app: boolean, ann: boolean, bob: boolean]> = {
  'admin ann': [true, true, true],
  'worker ann': [false, true, false],
  'admin key': [true, true, true],
  'key with the account': [false, false, false],
  'key with another account': [false, false, false],
  'key named like ann': [false, false, false],
  'bot of the application': [true, false, false],
  'bot of ann': [false, true, false],
  'bot of a worker called 0': [false, false, false],
  'command line': [true, true, true],
};

const names = Object.keys(actors) as (keyof typeof actors)[]; // the keys are exactly these

test('mayUse answers as the table of actors and owners says', () => {
  for (const name of names) {
    const answers = [app, ann, bob].map((owner) => mayUse(actors[name], owner));
    assert.deepEqual(answers, rights[name], name);
  }
});

test('mayUseAccount answers as mayUse, but a key that is no admin reaches the accounts given to it and no other', () => {
  for (const name of names) {
    const answers = [app, ann, bob].map((owner) => mayUseAccount(actors[name], { id: 'account', owner }));
    const expected = name === 'key with the account' ? [true, true, true] : rights[name];
    assert.deepEqual(answers, expected, name);
  }
});

test('admins are admin workers, admin keys and the command line; a bot never is', () => {
  const admins = names.filter((name) => isAdmin(actors[name]));
  assert.deepEqual(admins, ['admin ann', 'admin key', 'command line']);
});
