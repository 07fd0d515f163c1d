/** Behaviors and runs for programs. */
import { z } from 'zod';
import { type ApiAnswer, type ApiCall, type ApiRoute, apiRoute } from '../http/route.ts';
import type { RunMode } from './action.ts';
import { idOf, listOf, pageAsked, takesDependents, times } from './api-call.ts';
import { type BehaviorRecord, behaviorJson } from './behavior.ts';
import {
  changeBehavior,
  createBehavior,
  findSeen,
  listSeenBehaviors,
  type RemovalDeps,
  removeBehavior,
} from './behaviors.ts';
import type { BotRecord } from './bot.ts';
import type { JsonObject } from './json-value.ts';
import { remarksOnBehavior, titleOfEvent } from './remarks.ts';
import { getRun, type Deps as RunDeps, type RunResult, runBehavior } from './run.ts';
import { findBot } from './store.ts';
import { variablesJson } from './variable.ts';

export interface Deps extends RemovalDeps, RunDeps {}

const object = z.record(z.string(), z.unknown());
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
/** `placeholders` stand in for those of the behavior's event. */
const simulateFields = z.strictObject({ variables: object.default({}), placeholders: object.default({}) });
type Inputs = z.infer<typeof runFields> & Partial<z.infer<typeof simulateFields>>;
const behaviorPatch = z.strictObject({ ...behaviorFields.partial().shape, event: event.optional() });

export function behaviorRoutes(deps: Deps): ApiRoute[] {
  const { db } = deps;
  const answerBehavior = async (call: ApiCall, id: string) => {
    const { behavior, bot } = await findSeen(db, call.actor, id);
    return showBehavior(behavior, bot);
  };
  const run = async (call: ApiCall<Inputs>, mode: RunMode): Promise<ApiAnswer> => {
    const { variables, placeholders: scope = {} } = call.body;
    const result = await runBehavior(deps, {
      actor: call.actor,
      behavior: idOf(call),
      variables,
      mode,
      scope,
    });
    return { status: result.status === 'running' ? 202 : 200, body: answerOf(result) };
  };
  return [
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
      body: simulateFields,
      handle: (call) => run(call, 'simulate'),
    }),
    {
      method: 'GET',
      path: '/runs/:id',
      summary: 'How a run stands',
      access: 'admin',
      async handle(call) {
        return { body: answerOf(await getRun(db, call.actor, idOf(call))) };
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

/** A run as programs see it; the refused host is for the page that offers to allow it. */
function answerOf(result: RunResult): object {
  const { run_id, status, values, transcript, error } = result;
  if (status === 'running') return { run_id, status };
  const told = error && { code: error.code, message: error.message, node: error.node };
  return { run_id, status, values, transcript, error: told };
}
