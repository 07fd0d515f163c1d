/** The migrations in order. Their names are stored in the database: add at the end, change nothing above. */
import type { Knex } from 'knex';
import * as base from './0001-base.ts';
import * as channels from './0002-channels.ts';
import * as accountLife from './0003-account-life.ts';
import * as serviceKeys from './0004-service-keys.ts';
import * as clockOffsets from './0005-clock-offsets.ts';
import * as groups from './0006-groups.ts';
import * as imports from './0007-imports.ts';
import * as runs from './0008-runs.ts';
import * as webhooks from './0009-webhooks.ts';
import * as schedules from './0010-schedules.ts';
import * as chats from './0011-chats.ts';
import * as notices from './0012-notices.ts';
import * as runInputs from './0013-run-inputs.ts';

export interface Migration {
  name: string;
  up(db: Knex): Promise<void>;
  down(db: Knex, options: { allowDataLoss: boolean }): Promise<void>;
}

export const migrations: readonly Migration[] = [
  { name: '0001-base', ...base },
  { name: '0002-channels', ...channels },
  { name: '0003-account-life', ...accountLife },
  { name: '0004-service-keys', ...serviceKeys },
  { name: '0005-clock-offsets', ...clockOffsets },
  { name: '0006-groups', ...groups },
  { name: '0007-imports', ...imports },
  { name: '0008-runs', ...runs },
  { name: '0009-webhooks', ...webhooks },
  { name: '0010-schedules', ...schedules },
  { name: '0011-chats', ...chats },
  { name: '0012-notices', ...notices },
  { name: '0013-run-inputs', ...runInputs },
];

/** Every table with its primary key, in an order in which rows can be inserted. */
export const tableNames: readonly { table: string; key: readonly string[] }[] = [
  { table: 'workers', key: ['id'] },
  { table: 'invitations', key: ['code_hash'] },
  { table: 'sessions', key: ['id_hash'] },
  { table: 'attempts', key: ['bucket'] },
  { table: 'groups', key: ['id'] },
  { table: 'group_members', key: ['group_id', 'worker_id'] },
  { table: 'api_keys', key: ['id'] },
  { table: 'connected_services', key: ['id'] },
  { table: 'service_keys', key: ['id'] },
  { table: 'connected_accounts', key: ['id'] },
  { table: 'api_key_accounts', key: ['api_key_id', 'account_id'] },
  { table: 'link_flows', key: ['id'] },
  { table: 'push_handshakes', key: ['id'] },
  { table: 'bots', key: ['id'] },
  { table: 'bot_keys', key: ['bot_id', 'name'] },
  { table: 'behaviors', key: ['id'] },
  { table: 'schedules', key: ['id'] },
  { table: 'webhook_listeners', key: ['id'] },
  { table: 'webhook_requests', key: ['id'] },
  { table: 'settings', key: ['id'] },
  { table: 'channels', key: ['id'] },
  { table: 'streams', key: ['stream_id'] },
  { table: 'hook_requests', key: ['id'] },
  { table: 'channel_events', key: ['channel_id', 'event_key'] },
  { table: 'contacts', key: ['id'] },
  { table: 'conversations', key: ['id'] },
  { table: 'messages', key: ['id'] },
  { table: 'rate_windows', key: ['scope', 'route', 'window'] },
  { table: 'clock_offsets', key: ['origin'] },
  { table: 'deliveries', key: ['id'] },
  { table: 'runs', key: ['id'] },
  { table: 'portals', key: ['id'] },
  { table: 'chats', key: ['id'] },
  { table: 'chat_messages', key: ['chat_id', 'position'] },
  { table: 'mails', key: ['id'] },
  { table: 'imports', key: ['id'] },
  { table: 'import_records', key: ['import_id', 'uid'] },
  { table: 'notice_addresses', key: ['id'] },
  { table: 'notice_kinds', key: ['address_id', 'kind'] },
  { table: 'notices', key: ['id'] },
  { table: 'jobs', key: ['id'] },
  { table: 'kept_answers', key: ['asker', 'idempotency_key'] },
  { table: 'vault_keys', key: ['id'] },
];
