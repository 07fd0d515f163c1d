/** Every column that holds values of the vault, and how the vault's context names their rows. */
import type { Knex } from 'knex';
import type { SealContext } from './vault.ts';

export interface SealedColumn {
  table: string;
  field: string;
  /** The primary key; its values, joined with a space, are the id that the vault binds. */
  key: readonly string[];
}

export const sealedColumns: readonly SealedColumn[] = [
  { table: 'connected_services', field: 'sealed_secrets', key: ['id'] },
  { table: 'service_keys', field: 'sealed_private_key', key: ['id'] },
  { table: 'connected_accounts', field: 'sealed_credentials', key: ['id'] },
  { table: 'link_flows', field: 'sealed_request', key: ['id'] },
  { table: 'link_flows', field: 'sealed_grant', key: ['id'] },
  { table: 'bot_keys', field: 'sealed_value', key: ['bot_id', 'name'] },
  { table: 'webhook_listeners', field: 'sealed_secret', key: ['id'] },
  { table: 'webhook_requests', field: 'sealed_request', key: ['id'] },
  { table: 'notice_addresses', field: 'sealed_secret', key: ['id'] },
  { table: 'runs', field: 'sealed_state', key: ['id'] },
  { table: 'runs', field: 'sealed_inputs', key: ['id'] },
  { table: 'schedules', field: 'sealed_variables', key: ['id'] },
  { table: 'mails', field: 'sealed_mail', key: ['id'] },
  { table: 'chats', field: 'sealed_question', key: ['id'] },
  { table: 'chats', field: 'sealed_interaction', key: ['id'] },
  { table: 'chat_messages', field: 'sealed_content', key: ['chat_id', 'position'] },
  { table: 'deliveries', field: 'sealed_request', key: ['id'] },
  { table: 'imports', field: 'sealed_memory', key: ['id'] },
  { table: 'kept_answers', field: 'sealed_answer', key: ['asker', 'idempotency_key'] },
];

/** Where the vault believes this row's value to be. */
export function placeOf({ table, field, key }: SealedColumn, row: Record<string, unknown>): SealContext {
  return { table, field, id: key.map((name) => row[name]).join(' ') };
}

/** How many values there are, or how many of one key. */
export async function countSealed(db: Knex, keyId?: string): Promise<number> {
  let sum = 0;
  for (const { table, field } of sealedColumns) {
    const query = db(table).whereNotNull(field);
    if (keyId !== undefined) query.where(field, 'like', `v1:${keyId}:%`);
    const [row] = await query.count({ count: '*' });
    sum += Number(row?.count ?? 0);
  }
  return sum;
}
