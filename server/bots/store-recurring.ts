/** SQL of behaviors that recur: what a schedule needs of them, without their trees. */
import type { Knex } from 'knex';
import { parseJson } from '../json.ts';
import { eventRecurrent } from './event.ts';
import { type JsonObject, objectOf } from './json-value.ts';

export interface RecurringBehavior {
  behaviorId: string;
  botId: string;
  /** Params of its event. */
  params: JsonObject;
  /** The behavior or its bot is disabled. */
  isPaused: boolean;
}

export async function listRecurringBehaviors(db: Knex): Promise<RecurringBehavior[]> {
  const rows: { id: string; bot_id: string; event_params: string; is_off: number; is_bot_off: number }[] =
    await db('behaviors')
      .join('bots', 'bots.id', 'behaviors.bot_id')
      .where('behaviors.event_key', eventRecurrent)
      .select(
        'behaviors.id as id',
        'behaviors.bot_id as bot_id',
        'behaviors.event_params as event_params',
        'behaviors.is_disabled as is_off',
        'bots.is_disabled as is_bot_off',
      );
  return rows.map((row) => ({
    behaviorId: row.id,
    botId: row.bot_id,
    params: objectOf(parseJson(row.event_params)) ?? {},
    isPaused: row.is_off === 1 || row.is_bot_off === 1,
  }));
}
