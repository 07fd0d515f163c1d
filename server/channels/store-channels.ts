/** Rows of channels. A deleted channel is found by nothing here but `findChannelName`. */
import type { Knex } from 'knex';
import { tellHappening } from '../happenings.ts';
import { parseJson, writeJson } from '../json.ts';
import {
  type Channel,
  type ChannelSettings,
  type ChannelState,
  defaultSettings,
  type PollCursor,
  type Transport,
} from './records.ts';

interface ChannelRow {
  id: string;
  bot_id: string | null;
  type: string;
  name: string;
  account_id: string | null;
  owns_account: number;
  label: string;
  transport: string;
  state: string;
  is_enabled: number;
  enabled_at: number | null;
  settings: string;
  remote_user_id: string | null;
  remote_user_name: string | null;
  access_level: string | null;
  remote_webhook_id: string | null;
  is_valid: number | null;
  last_crc_at: number | null;
  last_event_at: number | null;
  last_error_at: number | null;
  last_error: string | null;
  poll_cursors: string;
  created_at: number;
  updated_at: number;
}

export type ChannelChanges = Partial<Omit<Channel, 'id' | 'createdAt' | 'updatedAt'>>;

export async function insertChannel(db: Knex, channel: Channel): Promise<void> {
  const { id, createdAt, updatedAt, ...fields } = channel;
  await db('channels').insert({ id, ...toColumns(fields), created_at: createdAt, updated_at: updatedAt });
}

export async function findChannel(db: Knex, id: string): Promise<Channel | undefined> {
  const row: ChannelRow | undefined = await live(db).where({ id }).first();
  return row && fromRow(row);
}

/** Also of a deleted channel, for the conversations that were kept. */
export async function findChannelName(db: Knex, id: string): Promise<string | undefined> {
  return (await db('channels').where({ id }).first('name'))?.name;
}

/** By name, then id; all, or those that fit. */
export async function listChannels(
  db: Knex,
  filter: {
    botId?: string;
    botIds?: readonly string[];
    type?: string;
    label?: string;
    accountId?: string;
    transport?: Transport;
  } = {},
): Promise<Channel[]> {
  const query = live(db).orderBy(['name', 'id']);
  if (filter.botId !== undefined) query.where({ bot_id: filter.botId });
  if (filter.botIds) query.whereIn('bot_id', [...filter.botIds]);
  if (filter.type !== undefined) query.where({ type: filter.type });
  if (filter.label !== undefined) query.where({ label: filter.label });
  if (filter.accountId !== undefined) query.where({ account_id: filter.accountId });
  if (filter.transport !== undefined) query.where({ transport: filter.transport });
  const rows: ChannelRow[] = await query;
  return rows.map(fromRow);
}

/** Writes what a person changed; false when the channel was changed or deleted since it was read. */
export async function changeChannel(
  db: Knex,
  before: Pick<Channel, 'id' | 'updatedAt'>,
  changes: ChannelChanges,
  now: number,
): Promise<boolean> {
  const updatedAt = Math.max(now, before.updatedAt + 1);
  const changed = await live(db)
    .where({ id: before.id, updated_at: before.updatedAt })
    .update({ ...toColumns(changes), updated_at: updatedAt });
  return changed === 1;
}

/** Writes what the channel's work showed, whatever a person changes meanwhile; false when it was deleted. */
export async function noteOnChannel(
  db: Knex,
  id: string,
  changes: Omit<ChannelChanges, 'state' | 'isEnabled'>,
): Promise<boolean> {
  return (await live(db).where({ id }).update(toColumns(changes))) === 1;
}

/** Moves the channel to another state; false when it was not in one of these. */
export async function moveChannel(
  db: Knex,
  id: string,
  from: readonly ChannelState[] | 'any',
  to: ChannelState,
  now: number,
): Promise<boolean> {
  const before = await live(db).where({ id }).first('name', 'state', 'last_error');
  const query = live(db).where({ id }).andWhereNot('state', to);
  if (from !== 'any') query.whereIn('state', [...from]);
  if ((await query.update({ state: to, updated_at: now })) !== 1) return false;
  if (before?.state === 'active') {
    const data = { state: to, reason: before.last_error };
    const subject = { id, label: before.name };
    await tellHappening(db, { kind: 'channel.stopped', at: now, subject, data });
  }
  return true;
}

/** False when it was enabled, or disabled, already. */
export async function setEnabled(db: Knex, id: string, isEnabled: boolean, now: number): Promise<boolean> {
  const changed = await live(db)
    .where({ id, is_enabled: isEnabled ? 0 : 1 })
    .update({ is_enabled: isEnabled ? 1 : 0, updated_at: now, ...(isEnabled && { enabled_at: now }) });
  return changed === 1;
}

/** Keeps the row for the conversations on it, without what it could work with; false when it was gone before. */
export async function buryChannel(db: Knex, id: string, now: number): Promise<boolean> {
  const changed = await live(db).where({ id }).update({
    state: 'deleted',
    is_enabled: 0,
    bot_id: null,
    account_id: null,
    owns_account: 0,
    remote_webhook_id: null,
    last_error: null,
    poll_cursors: '{}',
    updated_at: now,
  });
  return changed === 1;
}

/** Removes the row, its conversations and messages, and the contacts that nothing else knows. */
export async function eraseChannel(db: Knex, id: string): Promise<boolean> {
  const speakers: { contact_id: string | null }[] = await db('messages')
    .where({ channel_id: id })
    .distinct('contact_id');
  const partners: { contact_id: string }[] = await db('conversations')
    .where({ channel_id: id })
    .distinct('contact_id');
  await db('messages').where({ channel_id: id }).delete();
  await db('conversations').where({ channel_id: id }).delete();
  for (const contactId of new Set([...speakers, ...partners].map((row) => row.contact_id))) {
    if (contactId === null || (await db('messages').where({ contact_id: contactId }).first('id'))) continue;
    if (await db('conversations').where({ contact_id: contactId }).first('id')) continue;
    await db('contacts').where({ id: contactId }).delete();
  }
  return (await db('channels').where({ id }).delete()) === 1;
}

function live(db: Knex) {
  return db('channels').whereNot('state', 'deleted');
}

type Columns = { -readonly [Key in keyof ChannelChanges]-?: (value: never) => Partial<ChannelRow> };

/** Field -> its column; one line for each, so that a change writes only what it names. */
const columns: Columns = {
  botId: (bot_id: string) => ({ bot_id }),
  type: (type: string) => ({ type }),
  name: (name: string) => ({ name }),
  accountId: (account_id: string | null) => ({ account_id }),
  ownsAccount: (value: boolean) => ({ owns_account: value ? 1 : 0 }),
  label: (label: string) => ({ label }),
  transport: (transport: Transport) => ({ transport }),
  state: (state: ChannelState) => ({ state }),
  isEnabled: (value: boolean) => ({ is_enabled: value ? 1 : 0 }),
  enabledAt: (enabled_at: number | null) => ({ enabled_at }),
  settings: (value: ChannelSettings) => ({ settings: writeJson(value) }),
  remoteUserId: (remote_user_id: string | null) => ({ remote_user_id }),
  remoteUserName: (remote_user_name: string | null) => ({ remote_user_name }),
  accessLevel: (access_level: string | null) => ({ access_level }),
  remoteWebhookId: (remote_webhook_id: string | null) => ({ remote_webhook_id }),
  isValid: (value: boolean | null) => ({ is_valid: value === null ? null : value ? 1 : 0 }),
  lastCrcAt: (last_crc_at: number | null) => ({ last_crc_at }),
  lastEventAt: (last_event_at: number | null) => ({ last_event_at }),
  lastErrorAt: (last_error_at: number | null) => ({ last_error_at }),
  lastError: (last_error: string | null) => ({ last_error }),
  pollCursors: (value: Channel['pollCursors']) => ({ poll_cursors: writeJson(value) }),
};

function toColumns(changes: ChannelChanges): Partial<ChannelRow> {
  const row: Partial<ChannelRow> = {};
  for (const [field, value] of Object.entries(changes)) {
    // `columns` has a line for every field of ChannelChanges, and each takes its own field's value.
    if (value !== undefined) Object.assign(row, columns[field as keyof ChannelChanges](value as never));
  }
  return row;
}

function fromRow(row: ChannelRow): Channel {
  return {
    id: row.id,
    // Null only where the channel was deleted, and those are not read.
    botId: row.bot_id ?? '',
    type: row.type,
    name: row.name,
    accountId: row.account_id,
    ownsAccount: row.owns_account === 1,
    label: row.label,
    // Both columns hold only what toColumns wrote, as do the two texts of JSON.
    transport: row.transport as Transport,
    state: row.state as ChannelState,
    isEnabled: row.is_enabled === 1,
    enabledAt: timeOf(row.enabled_at),
    settings: { ...defaultSettings, ...(parseJson(row.settings) as Partial<ChannelSettings>) },
    remoteUserId: row.remote_user_id,
    remoteUserName: row.remote_user_name,
    accessLevel: row.access_level,
    remoteWebhookId: row.remote_webhook_id,
    isValid: row.is_valid === null ? null : row.is_valid === 1,
    lastCrcAt: timeOf(row.last_crc_at),
    lastEventAt: timeOf(row.last_event_at),
    lastErrorAt: timeOf(row.last_error_at),
    lastError: row.last_error,
    pollCursors: parseJson(row.poll_cursors) as Record<string, PollCursor>,
    createdAt: Number(row.created_at),
    updatedAt: Number(row.updated_at),
  };
}

function timeOf(value: number | null): number | null {
  return value === null ? null : Number(value);
}
