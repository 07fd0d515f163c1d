/** Rows of webhook_listeners. */
import type { Knex } from 'knex';
import { behaviorContext } from '../bots/behavior.ts';
import { botContext } from '../bots/bot.ts';
import type { Dependent } from '../packages/record-type.ts';
import { afterCursor, type PageOf, type Paging, pageOf } from '../paging.ts';
import type { SignatureCheck } from './signature.ts';
import {
  type ListenerRecord,
  type ListenerSettings,
  listenerContext,
  newSettings,
  type WebhookListener,
} from './webhook-listener.ts';

interface ListenerRow {
  id: string;
  guid: string;
  name: string;
  behavior_id: string | null;
  automations: string | null;
  is_disabled: number | null;
  answers: string | null;
  signature: string | null;
  sealed_secret: string | null;
  replay_header: string | null;
  created_at: number;
  updated_at: number;
}

export async function findListener(db: Knex, id: string): Promise<ListenerRecord | undefined> {
  const row = await db<ListenerRow>('webhook_listeners').where({ id }).first();
  return row && fromRow(row);
}

export async function findListenerByGuid(db: Knex, guid: string): Promise<ListenerRecord | undefined> {
  const row = await db<ListenerRow>('webhook_listeners').where({ guid }).first();
  return row && fromRow(row);
}

/** By name then id. */
export async function listListeners(db: Knex, paging: Paging): Promise<PageOf<ListenerRecord>> {
  const query = db<ListenerRow>('webhook_listeners')
    .orderBy(['name', 'id'])
    .limit(paging.limit + 1);
  if (paging.after) query.where(afterCursor(paging.after));
  return pageOf((await query).map(fromRow), paging.limit);
}

/** Listeners that run a behavior, or one of a bot's; empty for other contexts. */
export async function listenersOn(db: Knex, context: string, id: string): Promise<Dependent[]> {
  if (context !== behaviorContext && context !== botContext) return [];
  const query = db<ListenerRow>('webhook_listeners').orderBy(['name', 'id']);
  if (context === behaviorContext) query.where({ behavior_id: id });
  else query.whereIn('behavior_id', db('behaviors').where({ bot_id: id }).select('id'));
  return (await query).map((row) => ({ context: listenerContext, id: row.id, label: row.name }));
}

/** Throws the database's own error when the guid is taken or the behavior is gone. */
export async function insertListener(
  db: Knex,
  id: string,
  listener: WebhookListener,
  now: number,
): Promise<void> {
  const row = { id, ...columns(listener), ...settingColumns(newSettings), sealed_secret: null };
  await db<ListenerRow>('webhook_listeners').insert({ ...row, created_at: now, updated_at: now });
}

/** Writes a listener with its settings; false when it is not of the version of `before` any more. */
export async function replaceListener(
  db: Knex,
  before: Pick<ListenerRecord, 'id' | 'updatedAt'>,
  changed: Omit<ListenerRecord, 'id' | 'createdAt' | 'updatedAt'>,
  now: number,
): Promise<boolean> {
  const row = { ...columns(changed), ...settingColumns(changed), sealed_secret: changed.sealedSecret };
  const updated = await db<ListenerRow>('webhook_listeners')
    .where({ id: before.id, updated_at: before.updatedAt })
    .update({ ...row, updated_at: Math.max(now, before.updatedAt + 1) });
  return updated === 1;
}

/** False when the listener is not of this version any more. */
export async function updateListener(
  db: Knex,
  id: string,
  listener: WebhookListener,
  now: number,
  version: number,
): Promise<boolean> {
  const changed = { ...columns(listener), updated_at: Math.max(now, version + 1) };
  return (
    (await db<ListenerRow>('webhook_listeners').where({ id, updated_at: version }).update(changed)) === 1
  );
}

export async function deleteListener(db: Knex, id: string): Promise<boolean> {
  return (await db<ListenerRow>('webhook_listeners').where({ id }).delete()) === 1;
}

/** Deletes a listener that hangs on something else; nothing for other contexts. */
export async function removeListener(
  trx: Knex,
  { context, id }: Pick<Dependent, 'context' | 'id'>,
): Promise<void> {
  if (context === listenerContext) await deleteListener(trx, id);
}

function columns({ guid, name, behaviorId, automations }: WebhookListener) {
  return { guid, name, behavior_id: behaviorId, automations };
}

function settingColumns({ isDisabled, answers, check, replayHeader }: ListenerSettings) {
  return {
    is_disabled: isDisabled ? 1 : 0,
    answers,
    signature: check.kind === 'none' ? null : JSON.stringify(check),
    replay_header: replayHeader === '' ? null : replayHeader,
  };
}

function fromRow(row: ListenerRow): ListenerRecord {
  return {
    id: row.id,
    guid: row.guid,
    name: row.name,
    behaviorId: row.behavior_id,
    automations: row.automations,
    isDisabled: Boolean(row.is_disabled),
    answers: row.answers === 'accept' ? 'accept' : 'wait',
    // The column holds only what settingColumns wrote.
    check: row.signature === null ? newSettings.check : (JSON.parse(row.signature) as SignatureCheck),
    replayHeader: row.replay_header === null ? '' : String(row.replay_header),
    sealedSecret: row.sealed_secret,
    createdAt: Number(row.created_at),
    updatedAt: Number(row.updated_at),
  };
}
