/** Bots, behaviors and runs for programs. */
import { z } from 'zod';
import { HubError } from '../errors.ts';
import { type ApiAnswer, type ApiCall, type ApiRoute, apiRoute } from '../http/route.ts';
import { ownerContexts } from '../people/actor.ts';
import type { RunMode } from './action.ts';
import { type BehaviorRecord, behaviorJson } from './behavior.ts';
import { changeBehavior, createBehavior, findSeen, listSeenBehaviors, removeBehavior } from './behaviors.ts';
import type { BotRecord } from './bot.ts';
import { type Deps as BotDeps, changeBot, createBot, getBot, listSeenBots, removeBot } from './bots.ts';
import type { JsonObject } from './json-value.ts';
import { remarksOnBehavior, titleOfEvent } from './remarks.ts';
import { getRun, type Deps as RunDeps, runBehavior } from './run.ts';
import { findBot, type ListPage } from './store.ts';
import { variablesJson } from './variable.ts';

export interface Deps extends BotDeps, RunDeps {}

const object = z.record(z.string(), z.unknown());
const owner = z.strictObject({
  context: z.string(),
  id: z.union([z.string(), z.number()]),
  label: z.string().optional(),
});
const botFields = z.strictObject({
  name: z.string(),
  uri: z.string().nullable().optional(),
  owner: owner.default({ context: 'app', id: '0' }),
  is_disabled: z.boolean().optional(),
  params: object.optional(),
  image: z.string().nullable().optional(),
});
const event = z.union([
  z.string(),
  z.strictObject({ key: z.string(), label: z.string().optional(), params: object.optional() }),
]);
const behaviorFields = z.strictObject({
  bot_id: z.string(),
  title: z.string(),
  uri: z.string().nullable().optional(),
  event: event.default('event.macro.bot'),
  is_private: z.boolean().optional(),
  is_disabled: z.boolean().optional(),
  priority: z.number().optional(),
  variables: object.optional(),
  nodes: z.array(z.unknown()).optional(),
});
const runFields = z.strictObject({ variables: object.default({}) });
const botPatch = z.strictObject({ ...botFields.partial().shape, owner: owner.optional() });
const behaviorPatch = z.strictObject({ ...behaviorFields.partial().shape, event: event.optional() });

export function botsApi(deps: Deps): ApiRoute[] {
  const { db } = deps;
  const showBot = async (bot: BotRecord): Promise<JsonObject> => ({
    id: bot.id,
    uri: bot.uri,
    name: bot.name,
    owner: {
      context: ownerContexts[bot.owner.context],
      id: bot.owner.id,
      label: await deps.owners.label(bot.owner),
    },
    is_disabled: bot.isDisabled,
    params: bot.params,
    image: bot.image,
    ...times(bot),
  });
  const answerBot = async (call: ApiCall, id: string) => showBot(await getBot(db, call.actor, id));
  const answerBehavior = async (call: ApiCall, id: string) => {
    const { behavior, bot } = await findSeen(db, call.actor, id);
    return showBehavior(behavior, bot);
  };
  const run = async (call: ApiCall<z.infer<typeof runFields>>, mode: RunMode): Promise<ApiAnswer> => {
    const { variables } = call.body;
    const result = await runBehavior(deps, { actor: call.actor, behavior: idOf(call), variables, mode });
    const { run_id, status } = result;
    return status === 'running' ? { status: 202, body: { run_id, status } } : { body: result };
  };
  return [
    {
      method: 'GET',
      path: '/bots',
      summary: 'Bots by name',
      access: 'admin',
      async handle(call) {
        const bots = await listSeenBots(db, call.actor, pageAsked(call.query));
        return { body: await listOf(call.query, bots, showBot) };
      },
    },
    apiRoute({
      method: 'POST',
      path: '/bots',
      summary: 'Make a bot',
      access: 'admin',
      body: botFields,
      async handle(call) {
        const id = await createBot(deps, { actor: call.actor, fields: call.body });
        return { status: 201, body: await answerBot(call, id) };
      },
    }),
    {
      method: 'GET',
      path: '/bots/:id',
      summary: 'One bot',
      access: 'admin',
      handle: async (call) => ({ body: await answerBot(call, idOf(call)) }),
    },
    apiRoute({
      method: 'PATCH',
      path: '/bots/:id',
      summary: 'Change fields of a bot',
      access: 'admin',
      body: botPatch,
      async handle(call) {
        const { id } = await getBot(db, call.actor, idOf(call));
        await changeBot(deps, { actor: call.actor, bot: id, fields: call.body });
        return { body: await answerBot(call, id) };
      },
    }),
    {
      method: 'DELETE',
      path: '/bots/:id',
      summary: 'Delete a bot; ?with=dependents deletes its behaviors too',
      access: 'admin',
      async handle(call) {
        await removeBot(deps, { actor: call.actor, bot: idOf(call), withDependents: takesDependents(call) });
        return { status: 204, body: undefined };
      },
    },
    {
      method: 'GET',
      path: '/behaviors',
      summary: 'Behaviors by title; ?bot=ID those of one bot',
      access: 'admin',
      async handle(call) {
        const bot = call.query.get('bot') ?? undefined;
        const behaviors = await listSeenBehaviors(db, call.actor, bot, pageAsked(call.query));
        const show = async (behavior: BehaviorRecord) =>
          showBehavior(behavior, await findBot(db, behavior.botId));
        return { body: await listOf(call.query, behaviors, show) };
      },
    },
    apiRoute({
      method: 'POST',
      path: '/behaviors',
      summary: 'Make a behavior',
      access: 'admin',
      body: behaviorFields,
      async handle(call) {
        const id = await createBehavior(deps, { actor: call.actor, fields: call.body });
        return { status: 201, body: await answerBehavior(call, id) };
      },
    }),
    {
      method: 'GET',
      path: '/behaviors/:id',
      summary: 'One behavior',
      access: 'admin',
      handle: async (call) => ({ body: await answerBehavior(call, idOf(call)) }),
    },
    apiRoute({
      method: 'PATCH',
      path: '/behaviors/:id',
      summary: 'Change fields of a behavior',
      access: 'admin',
      body: behaviorPatch,
      async handle(call) {
        const { behavior } = await findSeen(db, call.actor, idOf(call));
        await changeBehavior(deps, { actor: call.actor, behavior: behavior.id, fields: call.body });
        return { body: await answerBehavior(call, behavior.id) };
      },
    }),
    {
      method: 'DELETE',
      path: '/behaviors/:id',
      summary: 'Delete a behavior; ?with=dependents deletes what names it too',
      access: 'admin',
      async handle(call) {
        const withDependents = takesDependents(call);
        await removeBehavior(deps, { actor: call.actor, behavior: idOf(call), withDependents });
        return { status: 204, body: undefined };
      },
    },
    apiRoute({
      method: 'POST',
      path: '/behaviors/:id/run',
      summary: 'Run a behavior',
      access: 'admin',
      body: runFields,
      keepsAnswer: true,
      handle: (call) => run(call, 'live'),
    }),
    apiRoute({
      method: 'POST',
      path: '/behaviors/:id/simulate',
      summary: 'Simulate a behavior',
      access: 'admin',
      body: runFields,
      handle: (call) => run(call, 'simulate'),
    }),
    {
      method: 'GET',
      path: '/runs/:id',
      summary: 'How a run stands',
      access: 'admin',
      async handle(call) {
        const result = await getRun(db, call.actor, idOf(call));
        const { run_id, status } = result;
        return { body: status === 'running' ? { run_id, status } : result };
      },
    },
  ];
}

function showBehavior(behavior: BehaviorRecord, bot: BotRecord | undefined): JsonObject {
  const unsupported = remarksOnBehavior(behavior, bot);
  const { key, params } = behavior.event;
  return {
    id: behavior.id,
    ...behaviorJson(behavior),
    event: { key, label: titleOfEvent(key), params },
    variables: variablesJson(behavior.variables),
    runnable: unsupported.length === 0 && !behavior.isDisabled && bot?.isDisabled === false,
    unsupported,
    ...times(behavior),
  };
}

function times(record: { createdAt: number; updatedAt: number }): JsonObject {
  return {
    created_at: new Date(record.createdAt).toISOString(),
    updated_at: new Date(record.updatedAt).toISOString(),
  };
}

function idOf(call: Pick<ApiCall, 'params'>): string {
  return call.params.id ?? '';
}

function takesDependents(call: ApiCall): boolean {
  return call.query.get('with') === 'dependents';
}

/** One more than shown, to know whether there is a next page. */
function pageAsked(query: URLSearchParams): ListPage {
  return { limit: limitOf(query) + 1, after: query.get('after') ?? undefined };
}

function limitOf(query: URLSearchParams): number {
  const text = query.get('limit') ?? '50';
  if (!/^\d{1,3}$/.test(text) || Number(text) < 1 || Number(text) > 200) {
    throw new HubError('bad_request', 'limit is a whole number from 1 to 200.');
  }
  return Number(text);
}

async function listOf<T extends { id: string }>(
  query: URLSearchParams,
  rows: readonly T[],
  show: (row: T) => Promise<JsonObject>,
): Promise<{ items: JsonObject[]; next: string | null }> {
  const shown = rows.slice(0, limitOf(query));
  const next = rows.length > shown.length ? (shown.at(-1)?.id ?? null) : null;
  return { items: await Promise.all(shown.map(show)), next };
}
