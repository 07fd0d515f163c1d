/** Rows of connected_services. */
import type { Knex } from 'knex';
import { isId } from '../id.ts';
import { parseJson, writeJson } from '../json.ts';
import { afterCursor, type PageOf, type Paging, pageOf } from '../paging.ts';
import type { ServiceParams } from './provider.ts';
import type { ConnectedService } from './service.ts';

interface ServiceRow {
  id: string;
  uri: string | null;
  name: string;
  extension_id: string;
  params: string;
  sealed_secrets: string | null;
  allowed_hosts: string;
  created_at: number;
  updated_at: number;
}

/** By id or uri. */
export async function findService(db: Knex, ref: string): Promise<ConnectedService | undefined> {
  const row = await db<ServiceRow>('connected_services')
    .where(isId(ref) ? { id: ref } : { uri: ref })
    .first();
  return row && fromRow(row);
}

/** By name then id. */
export async function listServices(db: Knex, paging: Paging): Promise<PageOf<ConnectedService>> {
  const query = db<ServiceRow>('connected_services')
    .orderBy(['name', 'id'])
    .limit(paging.limit + 1);
  if (paging.after) query.where(afterCursor(paging.after));
  return pageOf((await query).map(fromRow), paging.limit);
}

/** For choosers: at most 200 whose name holds the text, by name. */
export async function searchServices(db: Knex, text: string): Promise<{ id: string; label: string }[]> {
  const query = db<ServiceRow>('connected_services').orderBy(['name', 'id']).limit(200);
  // Cerb's searches are "field:text"; the text is what is looked for.
  const wanted = text.replace(/^\w+:/, '').replace(/[*"]/g, '').trim();
  if (wanted !== '')
    query.whereRaw("lower(name) like ? escape '!'", [`%${wanted.toLowerCase().replace(/[!%_]/g, '!$&')}%`]);
  const rows = await query.select('id', 'name');
  return rows.map((found) => ({ id: found.id, label: found.name }));
}

/** Throws the database's own error when the uri is taken. */
export async function insertService(db: Knex, service: ConnectedService): Promise<void> {
  await db<ServiceRow>('connected_services').insert(toRow(service));
}

/** Writes a changed service; false when it was changed or deleted since `before` was read. */
export async function updateService(
  db: Knex,
  before: ConnectedService,
  changed: ConnectedService,
): Promise<boolean> {
  const updated = await db<ServiceRow>('connected_services')
    .where({ id: before.id, updated_at: before.updatedAt })
    .update(toRow(changed));
  return updated === 1;
}

export async function deleteService(db: Knex, id: string): Promise<boolean> {
  return (await db<ServiceRow>('connected_services').where({ id }).delete()) === 1;
}

function toRow(service: ConnectedService): ServiceRow {
  return {
    id: service.id,
    uri: service.uri,
    name: service.name,
    extension_id: service.extensionId,
    params: writeJson(service.params),
    sealed_secrets: service.sealedSecrets,
    allowed_hosts: writeJson(service.allowedHosts),
    created_at: service.createdAt,
    updated_at: service.updatedAt,
  };
}

function fromRow(row: ServiceRow): ConnectedService {
  return {
    id: row.id,
    uri: row.uri,
    name: row.name,
    extensionId: row.extension_id,
    // Both columns hold what toRow wrote.
    params: parseJson(row.params) as ServiceParams,
    sealedSecrets: row.sealed_secrets,
    allowedHosts: parseJson(row.allowed_hosts) as string[],
    createdAt: Number(row.created_at),
    updatedAt: Number(row.updated_at),
  };
}
