/** What admins do about groups: make, rename, choose the members, delete. */
import type { Knex } from 'knex';
import { inTransaction } from '../db/transaction.ts';
import { HubError } from '../errors.ts';
import { type Actor, isAdmin, type Owner } from './actor.ts';
import { parseName } from './credentials.ts';
import {
  deleteGroup,
  findGroup,
  type Group,
  type GroupWithMembers,
  insertGroup,
  listMembers,
  renameGroup,
  replaceMembers,
} from './group-store.ts';
import { listWorkers } from './store.ts';

/** A record that a group owns. */
export interface Owned {
  context: string;
  id: string;
  label: string;
}

export interface Deps {
  db: Knex;
  now(): number;
  newId(): string;
  /** What this owner owns, of any feature. */
  ownedBy(db: Knex, owner: Owner): Promise<Owned[]>;
}

/** By id. Throws `not_found`. */
export async function getGroup(db: Knex, id: string): Promise<GroupWithMembers> {
  const group = await findGroup(db, id);
  if (!group) throw new HubError('not_found', 'There is no such group.');
  return { ...group, members: await listMembers(db, [id]) };
}

/** Answers the new group's id. Throws `bad_request` for a bad name or an unknown worker. */
export async function createGroup(
  deps: Deps,
  actor: Actor,
  { name, memberIds }: { name: string; memberIds: readonly string[] },
): Promise<string> {
  mustBeAdmin(actor);
  const group = { id: deps.newId(), name: accepted(name), at: deps.now() };
  const members = await knownWorkers(deps.db, memberIds);
  await inTransaction(deps.db, async (trx) => {
    await insertGroup(trx, group);
    await replaceMembers(trx, group.id, members);
  });
  return group.id;
}

/** Changes what is given; the members given are all there will be. What they may use changes at once. */
export async function changeGroup(
  deps: Deps,
  actor: Actor,
  id: string,
  changes: { name?: string | undefined; memberIds?: readonly string[] | undefined },
): Promise<void> {
  mustBeAdmin(actor);
  const group = await getGroup(deps.db, id);
  const name = changes.name === undefined ? group.name : accepted(changes.name);
  const members = changes.memberIds && (await knownWorkers(deps.db, changes.memberIds));
  await inTransaction(deps.db, async (trx) => {
    if (!(await renameGroup(trx, id, name, deps.now())))
      throw new HubError('not_found', 'There is no such group.');
    if (members) await replaceMembers(trx, id, members);
  });
}

/** Throws `in_use` with what the group owns: that has to be given to another owner, or deleted, before. */
export async function removeGroup(deps: Deps, actor: Actor, id: string): Promise<Group> {
  mustBeAdmin(actor);
  const group = await getGroup(deps.db, id);
  await inTransaction(deps.db, async (trx) => {
    const by = await deps.ownedBy(trx, { context: 'group', id });
    if (by.length > 0) {
      const owned = by.map(({ label }) => `'${label}'`).join(', ');
      const message = `The group '${group.name}' owns ${owned}. Give them to another owner, or delete them, first.`;
      throw new HubError('in_use', message, { extra: { by } });
    }
    await deleteGroup(trx, id);
  });
  return group;
}

function accepted(text: string): string {
  const name = parseName(text);
  if (name !== undefined) return name;
  throw new HubError('bad_request', 'Give the group a name of up to 100 characters.', {
    extra: { faults: [{ path: '/name', message: 'Type a name of up to 100 characters.' }] },
  });
}

async function knownWorkers(db: Knex, ids: readonly string[]): Promise<string[]> {
  const known = new Set((await listWorkers(db)).map(({ id }) => id));
  const wanted = [...new Set(ids)];
  const unknown = wanted.find((id) => !known.has(id));
  if (unknown === undefined) return wanted;
  throw new HubError('bad_request', 'One of the members is no worker here.', {
    extra: { faults: [{ path: '/members', message: 'There is no such worker.' }] },
  });
}

function mustBeAdmin(actor: Actor): void {
  if (!isAdmin(actor)) throw new HubError('forbidden', 'Only an admin may make and change groups.');
}
