/** Bots and behaviors in the shape in which packages write them. Pure. */
import type { RecordDescription } from '../packages/record-type.ts';
import { actionsOf, type Behavior, behaviorContext, behaviorJson, eachNode } from './behavior.ts';
import { type Bot, botContext, botJson } from './bot.ts';
import { accountContext, accountsOf } from './bound-accounts.ts';
import { type JsonObject, textOf } from './json-value.ts';

export function describeBot(bot: Bot): RecordDescription {
  return { label: bot.name, fields: withoutAbsent(botJson(bot)), secrets: [], references: [] };
}

/** Refers to its bot, and to the accounts and behaviors that its actions name. */
export function describeBehavior(behavior: Behavior): RecordDescription {
  const accounts = accountsOf(behavior).map((one) => ({ ...one, context: accountContext }));
  return {
    label: behavior.title,
    fields: withoutAbsent(behaviorJson(behavior)),
    secrets: [],
    references: [
      { path: '/bot_id', context: botContext, id: behavior.botId },
      ...accounts,
      ...behaviorsOf(behavior),
    ],
  };
}

function behaviorsOf(behavior: Behavior): RecordDescription['references'] {
  return eachNode(behavior.nodes)
    .flatMap(actionsOf)
    .flatMap(({ path, value }) => {
      const id = textOf(value.behavior_id) ?? '';
      return id === '' ? [] : [{ path: `${path}/behavior_id`, context: behaviorContext, id }];
    });
}

function withoutAbsent(fields: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null));
}
