/** Channels: addresses, what came in on them, contacts, conversations, messages, rate windows. */
import type { Knex } from 'knex';
import { createTable, dropLeftovers, dropTables } from '../columns.ts';

const tables = [
  'rate_windows',
  'messages',
  'conversations',
  'contacts',
  'channel_events',
  'hook_requests',
  'streams',
  'channels',
];

export async function up(db: Knex): Promise<void> {
  await dropLeftovers(db, tables);
  await createTable(db, 'channels', (column, table) => {
    column.identity('id').notNullable().primary();
    // Null, like the account, once the channel is deleted and its row stays for the conversations that were kept.
    column.identity('bot_id').nullable().references('bots.id');
    column.identity('type', 32).notNullable();
    column.label('name').notNullable();
    column.identity('account_id').nullable().references('connected_accounts.id');
    column.flag('owns_account').notNullable();
    column.identity('label', 64).notNullable();
    column.identity('transport', 16).notNullable();
    column.identity('state', 32).notNullable();
    column.flag('is_enabled').notNullable();
    column.time('enabled_at').nullable();
    column.text('settings').notNullable();
    column.identity('remote_user_id', 255).nullable();
    column.label('remote_user_name').nullable();
    column.label('access_level').nullable();
    column.identity('remote_webhook_id', 255).nullable();
    column.flag('is_valid').nullable();
    column.time('last_crc_at').nullable();
    column.time('last_event_at').nullable();
    column.time('last_error_at').nullable();
    column.text('last_error').nullable();
    column.text('poll_cursors').notNullable();
    column.time('created_at').notNullable();
    column.time('updated_at').notNullable();
    table.index(['bot_id']);
    table.index(['account_id']);
    table.index(['type', 'label']);
  });
  // The row stays when its channel is deleted or gets another address: an address is never given out twice.
  await createTable(db, 'streams', (column, table) => {
    column.identity('stream_id').notNullable().primary();
    column.identity('channel_id').nullable();
    column.flag('is_paused').notNullable();
    column.count('accepted').notNullable();
    column.count('refused').notNullable();
    column.count('bad_signatures_in_row').notNullable();
    column.time('created_at').notNullable();
    column.time('ended_at').nullable();
    table.index(['channel_id']);
  });
  await createTable(db, 'hook_requests', (column, table) => {
    column.identity('id').notNullable().primary();
    column.identity('stream_id').notNullable();
    column.identity('channel_id').nullable();
    column.label('address').notNullable();
    column.identity('outcome', 32).notNullable();
    column.longText('body').nullable();
    column.count('tries').notNullable();
    column.text('last_error').nullable();
    column.time('received_at').notNullable();
    column.time('processed_at').nullable();
    table.index(['stream_id', 'id']);
    table.index(['outcome', 'received_at']);
  });
  await createTable(db, 'channel_events', (column, table) => {
    column.identity('channel_id').notNullable();
    column.identity('event_key', 255).notNullable();
    column.identity('kind', 32).notNullable();
    column.time('at').notNullable();
    table.primary(['channel_id', 'event_key']);
    table.index(['at']);
  });
  await createTable(db, 'contacts', (column, table) => {
    column.identity('id').notNullable().primary();
    column.identity('channel_type', 32).notNullable();
    column.identity('remote_id', 255).notNullable();
    column.label('name').nullable();
    column.label('handle').nullable();
    column.text('image_url').nullable();
    column.time('created_at').notNullable();
    column.time('updated_at').notNullable();
    table.unique(['channel_type', 'remote_id']);
  });
  await createTable(db, 'conversations', (column, table) => {
    column.identity('id').notNullable().primary();
    column.identity('channel_id').notNullable().references('channels.id').onDelete('CASCADE');
    column.identity('contact_id').notNullable().references('contacts.id');
    column.identity('kind', 16).notNullable();
    column.identity('external_key', 255).notNullable();
    // Channel, kind and key while open, null when closed: at most one open conversation for each.
    column.identity('open_key', 400).nullable().unique();
    column.identity('state', 16).notNullable();
    column.count('answers_left').notNullable();
    column.time('answers_until').nullable();
    column.time('bot_paused_until').nullable();
    column.time('last_inbound_at').nullable();
    column.time('last_message_at').notNullable();
    column.time('closed_at').nullable();
    column.time('created_at').notNullable();
    column.time('updated_at').notNullable();
    table.index(['channel_id', 'state', 'last_message_at']);
    table.index(['updated_at']);
    table.index(['channel_id', 'kind', 'external_key']);
  });
  await createTable(db, 'messages', (column, table) => {
    column.identity('id').notNullable().primary();
    column.identity('channel_id').notNullable();
    column.identity('conversation_id').nullable().references('conversations.id').onDelete('CASCADE');
    // Who spoke, or who is spoken to; the account itself never is a contact.
    column.identity('contact_id').nullable().references('contacts.id');
    column.identity('direction', 8).notNullable();
    column.identity('author', 16).notNullable();
    column.label('author_name').notNullable();
    column.text('text').notNullable();
    column.text('outgoing').nullable();
    column.text('payload').nullable();
    column.text('attachments').notNullable();
    // The event as the remote service wrote it, for programs.
    column.text('raw').nullable();
    column.identity('state', 16).notNullable();
    column.time('held_until').nullable();
    column.label('held_reason').nullable();
    column.identity('error_code', 64).nullable();
    column.text('error').nullable();
    column.identity('remote_id', 255).nullable();
    column.identity('client_token', 255).notNullable().unique();
    column.flag('is_counted').notNullable();
    column.flag('is_echoed').notNullable();
    column.count('tries').notNullable();
    column.time('at').notNullable();
    column.time('sent_at').nullable();
    column.time('created_at').notNullable();
    table.unique(['channel_id', 'remote_id']);
    table.index(['conversation_id', 'at']);
    table.index(['channel_id', 'sent_at']);
    table.index(['state', 'held_until']);
  });
  await createTable(db, 'rate_windows', (column, table) => {
    column.identity('scope').notNullable();
    column.identity('route', 255).notNullable();
    column.identity('window', 16).notNullable();
    column.count('remaining').notNullable();
    column.time('reset_at').notNullable();
    table.primary(['scope', 'route', 'window']);
  });
}

export function down(db: Knex, { allowDataLoss }: { allowDataLoss: boolean }): Promise<void> {
  return dropTables(db, tables, allowDataLoss);
}
