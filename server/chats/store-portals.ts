/** Rows of portals. */
import type { Knex } from 'knex';
import { botContext } from '../bots/bot.ts';
import { type Portal, type PortalRecord, portalContext } from './portal.ts';

interface PortalRow {
  id: string;
  token: string;
  name: string;
  bot_id: string;
  interaction: string;
  sites: string;
  is_enabled: number;
  created_at: number;
  updated_at: number;
}

export async function findPortal(
  db: Knex,
  by: { id: string } | { token: string },
): Promise<PortalRecord | undefined> {
  const row = await db<PortalRow>('portals').where(by).first();
  return row && toPortal(row);
}

/** By name then id; there are few. */
export async function listPortals(db: Knex): Promise<PortalRecord[]> {
  return (await db<PortalRow>('portals').orderBy(['name', 'id']).limit(1000)).map(toPortal);
}

export async function insertPortal(
  db: Knex,
  portal: Portal & { id: string; token: string },
  now: number,
): Promise<void> {
  const { id, token } = portal;
  await db<PortalRow>('portals').insert({ id, token, ...columns(portal), created_at: now, updated_at: now });
}

export async function updatePortal(db: Knex, id: string, portal: Portal, now: number): Promise<void> {
  await db<PortalRow>('portals')
    .where({ id })
    .update({ ...columns(portal), updated_at: now });
}

export async function deletePortal(db: Knex, id: string): Promise<void> {
  await db<PortalRow>('portals').where({ id }).delete();
}

/** What hangs on a bot: its portals; empty for other contexts. */
export async function portalsOn(
  db: Knex,
  context: string,
  id: string,
): Promise<{ context: string; id: string; label: string }[]> {
  if (context !== botContext) return [];
  const rows = await db<PortalRow>('portals').where({ bot_id: id }).orderBy(['name', 'id']);
  return rows.map((row) => ({ context: portalContext, id: row.id, label: row.name }));
}

/** Deletes a portal that hangs on a bot; nothing for other contexts. */
export async function removePortal(
  trx: Knex,
  { context, id }: { context: string; id: string },
): Promise<void> {
  if (context === portalContext) await deletePortal(trx, id);
}

function columns({ name, botId, interaction, sites, isEnabled }: Portal) {
  return { name, bot_id: botId, interaction, sites: sites.join('\n'), is_enabled: isEnabled ? 1 : 0 };
}

function toPortal(row: PortalRow): PortalRecord {
  return {
    id: row.id,
    token: row.token,
    name: row.name,
    botId: row.bot_id,
    interaction: row.interaction,
    sites: row.sites === '' ? [] : row.sites.split('\n'),
    isEnabled: row.is_enabled === 1,
    createdAt: Number(row.created_at),
    updatedAt: Number(row.updated_at),
  };
}
