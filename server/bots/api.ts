/** Bots for programs; behaviors and runs are in behavior-api.ts. */
import { z } from 'zod';
import { type ApiCall, type ApiRoute, apiRoute } from '../http/route.ts';
import { ownerContexts } from '../people/actor.ts';
import { idOf, listOf, pageAsked, takesDependents, times } from './api-call.ts';
import { type Deps as BehaviorDeps, behaviorRoutes } from './behavior-api.ts';
import type { BotRecord } from './bot.ts';
import { type Deps as BotDeps, changeBot, createBot, getBot, listSeenBots, removeBot } from './bots.ts';
import type { JsonObject } from './json-value.ts';

export interface Deps extends BotDeps, BehaviorDeps {}

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
const botPatch = z.strictObject({ ...botFields.partial().shape, owner: owner.optional() });

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
      summary: 'Delete a bot; ?with=dependents deletes its behaviors and channels too',
      access: 'admin',
      async handle(call) {
        await removeBot(deps, { actor: call.actor, bot: idOf(call), withDependents: takesDependents(call) });
        return { status: 204, body: undefined };
      },
    },
    ...behaviorRoutes(deps),
  ];
}
