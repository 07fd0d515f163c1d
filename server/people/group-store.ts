/** SQL of groups and their members. */
import type { Knex } from 'knex';

export interface Group {
  id: string;
  name: string;
  createdAt: number;
}

/** A group with its members by name, those who are disabled included. */
export interface GroupWithMembers extends Group {
  members: readonly { id: string; name: string }[];
}

interface GroupRow {
  id: string;
  name: string;
  created_at: number;
}

/** By name then id; those after the cursor. */
export async function listGroups(
  db: Knex,
  { limit, after }: { limit: number; after?: { name: string; id: string } },
): Promise<Group[]> {
  const query = db<GroupRow>('groups').orderBy(['name', 'id']).limit(limit);
  if (after) {
    query.where((where) =>
      where
        .where('name', '>', after.name)
        .orWhere((same) => same.where('name', after.name).andWhere('id', '>', after.id)),
    );
  }
  return (await query).map(toGroup);
}

export async function findGroup(db: Knex, id: string): Promise<Group | undefined> {
  const row = await db<GroupRow>('groups').where({ id }).first();
  return row && toGroup(row);
}

/** Members of these groups, by name. */
export async function listMembers(
  db: Knex,
  groupIds: readonly string[],
): Promise<{ groupId: string; id: string; name: string }[]> {
  const rows: { group_id: string; id: string; name: string }[] = await db('group_members')
    .join('workers', 'workers.id', 'group_members.worker_id')
    .whereIn('group_members.group_id', [...groupIds])
    .orderBy(['workers.name', 'workers.id'])
    .select('group_members.group_id', 'workers.id', 'workers.name');
  return rows.map((row) => ({ groupId: row.group_id, id: row.id, name: row.name }));
}

export async function insertGroup(
  db: Knex,
  { id, name, at }: { id: string; name: string; at: number },
): Promise<void> {
  await db('groups').insert({ id, name, created_at: at, updated_at: at });
}

/** False when the group is gone. */
export async function renameGroup(db: Knex, id: string, name: string, at: number): Promise<boolean> {
  return (await db('groups').where({ id }).update({ name, updated_at: at })) === 1;
}

/** These workers become the members, no others; inside a transaction. */
export async function replaceMembers(db: Knex, groupId: string, workerIds: readonly string[]): Promise<void> {
  await db('group_members').where({ group_id: groupId }).delete();
  const rows = workerIds.map((workerId) => ({ group_id: groupId, worker_id: workerId }));
  if (rows.length > 0) await db('group_members').insert(rows);
}

/** With its memberships. */
export async function deleteGroup(db: Knex, id: string): Promise<boolean> {
  return (await db('groups').where({ id }).delete()) === 1;
}

/** Groups the worker is a member of, by name. */
export async function listGroupsOf(db: Knex, workerId: string): Promise<Group[]> {
  const rows: GroupRow[] = await db('groups')
    .join('group_members', 'group_members.group_id', 'groups.id')
    .where({ 'group_members.worker_id': workerId })
    .orderBy(['groups.name', 'groups.id'])
    .select('groups.*');
  return rows.map(toGroup);
}

function toGroup(row: GroupRow): Group {
  return { id: row.id, name: row.name, createdAt: Number(row.created_at) };
}
