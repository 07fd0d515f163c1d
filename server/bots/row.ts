/** How bots and behaviors lie in the database. Pure. */
import { parseJson, writeJson } from '../json.ts';
import type { Owner } from '../people/actor.ts';
import { type Behavior, type BehaviorRecord, parseNodes } from './behavior.ts';
import type { Bot, BotRecord } from './bot.ts';
import { objectOf } from './json-value.ts';
import { parseVariables, variablesJson } from './variable.ts';

export interface BotRow {
  id: string;
  uri: string | null;
  name: string;
  owner_context: Owner['context'];
  owner_id: string;
  is_disabled: number;
  params: string;
  image: string | null;
  created_at: number;
  updated_at: number;
}

export interface BehaviorRow {
  id: string;
  uri: string | null;
  bot_id: string;
  title: string;
  event_key: string;
  event_params: string;
  is_private: number;
  is_disabled: number;
  priority: number;
  variables: string;
  nodes: string;
  created_at: number;
  updated_at: number;
}

export function botColumns(bot: Bot): Omit<BotRow, 'id' | 'created_at' | 'updated_at'> {
  return {
    uri: bot.uri,
    name: bot.name,
    owner_context: bot.owner.context,
    owner_id: bot.owner.id,
    is_disabled: bot.isDisabled ? 1 : 0,
    params: writeJson(bot.params),
    image: bot.image,
  };
}

export function toBot(row: BotRow): BotRecord {
  return {
    id: row.id,
    uri: row.uri,
    name: row.name,
    owner: { context: row.owner_context, id: row.owner_id },
    isDisabled: row.is_disabled === 1,
    params: objectOf(parseJson(row.params)) ?? {},
    image: row.image,
    createdAt: Number(row.created_at),
    updatedAt: Number(row.updated_at),
  };
}

export function behaviorColumns(behavior: Behavior): Omit<BehaviorRow, 'id' | 'created_at' | 'updated_at'> {
  return {
    uri: behavior.uri,
    bot_id: behavior.botId,
    title: behavior.title,
    event_key: behavior.event.key,
    event_params: writeJson(behavior.event.params),
    is_private: behavior.isPrivate ? 1 : 0,
    is_disabled: behavior.isDisabled ? 1 : 0,
    priority: behavior.priority,
    variables: writeJson(variablesJson(behavior.variables)),
    nodes: writeJson(behavior.nodes),
  };
}

export function toBehavior(row: BehaviorRow): BehaviorRecord {
  return {
    id: row.id,
    uri: row.uri,
    botId: row.bot_id,
    title: row.title,
    event: { key: row.event_key, params: objectOf(parseJson(row.event_params)) ?? {} },
    isPrivate: row.is_private === 1,
    isDisabled: row.is_disabled === 1,
    priority: row.priority,
    variables: parseVariables(parseJson(row.variables), '').value,
    nodes: parseNodes(parseJson(row.nodes), '').value,
    createdAt: Number(row.created_at),
    updatedAt: Number(row.updated_at),
  };
}
