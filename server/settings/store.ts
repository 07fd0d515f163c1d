/** Rows of settings. */
import type { Knex } from 'knex';
import {
  isSettingName,
  type Setting,
  type SettingName,
  type SettingRecord,
  type Settings,
} from './setting.ts';

interface SettingRow {
  id: string;
  name: string;
  value: string;
  created_at: number;
  updated_at: number;
}

/** All that are set. */
export async function readSettings(db: Knex): Promise<Settings> {
  const rows = await db<SettingRow>('settings').orderBy('name');
  return Object.fromEntries(
    rows.filter(({ name }) => isSettingName(name)).map(({ name, value }) => [name, value]),
  );
}

export async function findSetting(
  db: Knex,
  by: { id: string } | { name: SettingName },
): Promise<SettingRecord | undefined> {
  const row = await db<SettingRow>('settings').where(by).first();
  if (!row || !isSettingName(row.name)) return undefined;
  const { id, name, value } = row;
  return { id, name, value, createdAt: Number(row.created_at), updatedAt: Number(row.updated_at) };
}

/** Throws the database's own error when the setting has a value already. */
export async function insertSetting(
  db: Knex,
  id: string,
  { name, value }: Setting,
  now: number,
): Promise<void> {
  await db<SettingRow>('settings').insert({ id, name, value, created_at: now, updated_at: now });
}

/** False when the setting is not of this version any more. */
export async function updateSetting(
  db: Knex,
  id: string,
  { value }: Setting,
  now: number,
  version: number,
): Promise<boolean> {
  const changed = { value, updated_at: Math.max(now, version + 1) };
  return (await db<SettingRow>('settings').where({ id, updated_at: version }).update(changed)) === 1;
}

export async function deleteSetting(db: Knex, id: string): Promise<void> {
  await db<SettingRow>('settings').where({ id }).delete();
}
