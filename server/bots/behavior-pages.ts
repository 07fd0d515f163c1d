/** Pages of behaviors: list, card with the tree, form. */

import { HubError } from '../errors.ts';
import type { PageAnswer, PageRoute, Visit } from '../http/route.ts';
import { readPaging } from '../paging.ts';
import { cursorOf } from './api-call.ts';
import type { Behavior, BehaviorRecord } from './behavior.ts';
import { behaviorMark, shownTree } from './behavior-view.ts';
import {
  changeBehavior,
  type Deps,
  findSeen,
  listSeenBehaviors,
  type RemovalDeps,
  removeBehavior,
} from './behaviors.ts';
import type { BotRecord } from './bot.ts';
import { getBot, listSeenBots } from './bots.ts';
import { eventTypes } from './event.ts';
import { eventChoices, eventFields, readEvent } from './event-form.ts';
import { choices, type FieldErrors, formText, onOff, refusalOf, versionOf, workerOf } from './form.ts';
import type { JsonObject } from './json-value.ts';
import { remarksOnBehavior } from './remarks.ts';
import { findBot } from './store.ts';
import { variablesJson, variableTypes } from './variable.ts';
import { readVariableRows, rowNames, type VariableRow, variableRows } from './variable-form.ts';

const pageSize = 50;
const fields = ['title', 'uri', 'bot_id', 'priority', 'variables', 'event'];

interface BehaviorForm {
  title: string;
  uri: string;
  bot_id: string;
  event: Behavior['event'];
  status: string;
  is_private: boolean;
  priority: string;
  variables: VariableRow[];
}

export function behaviorPages(deps: RemovalDeps): PageRoute[] {
  const { db } = deps;
  const list = async (visit: Visit): Promise<PageAnswer> => {
    const worker = workerOf(visit);
    const botId = visit.query.get('bot') ?? undefined;
    const bot = botId === undefined ? undefined : await getBot(db, worker, botId);
    const { after } = readPaging(visit.query);
    const found = await listSeenBehaviors(db, worker, bot?.id, { limit: pageSize + 1, after });
    const shown = found.slice(0, pageSize);
    const rows = await Promise.all(
      shown.map(async (behavior) => {
        const owner = await findBot(db, behavior.botId);
        return { ...behaviorMark(behavior, owner), bot: owner?.name ?? '', botId: behavior.botId };
      }),
    );
    const filter = bot ? `bot=${bot.id}&` : '';
    const last = shown.at(-1);
    const next = found.length > pageSize && last ? `/behaviors?${filter}after=${cursorOf(last)}` : null;
    return {
      view: 'bots/behaviors',
      model: {
        title: 'Behaviors',
        behaviors: rows,
        bot: bot ? { id: bot.id, name: bot.name } : null,
        bots: choices(await botChoices(deps, visit), bot?.id ?? ''),
        next,
      },
    };
  };
  const card = async (visit: Visit): Promise<PageAnswer> => {
    const { behavior, bot } = await seen(deps, visit);
    const remarks = remarksOnBehavior(behavior, bot);
    return {
      view: 'bots/behavior',
      model: {
        title: behavior.title,
        behavior: {
          ...behaviorMark(behavior, bot),
          uri: behavior.uri,
          updatedAt: behavior.updatedAt,
          eventReasons: remarks
            .filter(({ path }) => path.startsWith('/event'))
            .map((remark) => remark.message),
          placeholders: eventTypes.get(behavior.event.key)?.placeholders ?? [],
          variables: variableRows(behavior.variables),
          variableReasons: remarks
            .filter(({ path }) => path.startsWith('/variables'))
            .map((remark) => remark.message),
        },
        bot: { id: bot.id, name: bot.name, isDisabled: bot.isDisabled },
        tree: shownTree(behavior, remarks),
      },
    };
  };
  const edit = async (visit: Visit): Promise<PageAnswer> => {
    const { behavior } = await seen(deps, visit);
    return formPage(deps, visit, filled(behavior), {}, behavior);
  };
  const save = async (visit: Visit): Promise<PageAnswer> => {
    const { behavior } = await seen(deps, visit);
    const form = readForm(visit.form, behavior);
    try {
      await changeBehavior(deps, {
        actor: workerOf(visit),
        behavior: behavior.id,
        fields: fieldsOf(form),
        version: versionOf(visit.form),
      });
      const asks = form.event.key !== behavior.event.key && eventTypes.get(form.event.key)?.fields;
      if (asks) return { redirect: `/behaviors/${behavior.id}/edit`, notice: eventChanged };
      return { redirect: `/behaviors/${behavior.id}`, notice: 'The changes were saved.' };
    } catch (error) {
      return formPage(deps, visit, form, refusalOf(error, fields), behavior);
    }
  };
  const remove = async (visit: Visit): Promise<PageAnswer> => {
    const { behavior, bot } = await seen(deps, visit);
    await removeBehavior(deps, { actor: workerOf(visit), behavior: behavior.id, withDependents: false });
    return { redirect: `/bots/${bot.id}`, notice: `The behavior '${behavior.title}' was deleted.` };
  };
  return [
    { method: 'GET', path: '/behaviors', access: 'worker', handle: list },
    { method: 'GET', path: '/behaviors/:id', access: 'worker', handle: card },
    { method: 'GET', path: '/behaviors/:id/edit', access: 'worker', handle: edit },
    { method: 'POST', path: '/behaviors/:id/edit', access: 'worker', handle: save },
    { method: 'POST', path: '/behaviors/:id/delete', access: 'worker', handle: remove },
  ];
}

/** The bots a visitor may give a behavior to, for a select. */
export async function botChoices(deps: Deps, visit: Visit): Promise<{ value: string; label: string }[]> {
  const bots = await listSeenBots(deps.db, workerOf(visit), { limit: 500 });
  return bots.map((bot) => ({ value: bot.id, label: bot.name }));
}

/** The behavior of the address, with its bot. */
export function seen(deps: Deps, visit: Visit): Promise<{ behavior: BehaviorRecord; bot: BotRecord }> {
  return findSeen(deps.db, workerOf(visit), visit.params.id ?? '');
}

async function formPage(
  deps: Deps,
  visit: Visit,
  form: BehaviorForm,
  errors: FieldErrors,
  behavior: BehaviorRecord,
): Promise<PageAnswer> {
  return {
    view: 'bots/behavior-form',
    status: Object.keys(errors).length > 0 ? 400 : 200,
    model: {
      title: `Edit ${behavior.title}`,
      behavior: { id: behavior.id, title: behavior.title, version: behavior.updatedAt },
      form,
      errors,
      fault: errors[''] ?? null,
      bots: choices(await botChoices(deps, visit), form.bot_id),
      statuses: choices(onOff, form.status),
      events: eventChoices(form.event.key),
      eventFields: eventFields(form.event),
      variables: form.variables.map((row, index) => ({
        ...row,
        names: rowNames(index),
        types: choices(
          [...variableTypes].map(([value, label]) => ({ value, label })),
          row.type,
        ),
        asks: choices(asks, row.isPrivate ? '1' : '0'),
        isTick: row.type === 'C',
        isText: row.type === 'S',
      })),
    },
  };
}

const eventChanged = 'The changes were saved. The new event asks for more: see below its name.';

const asks = [
  { value: '0', label: 'Public: asked of whoever runs it' },
  { value: '1', label: 'Private: set within the behavior' },
];

function filled(behavior: BehaviorRecord): BehaviorForm {
  return {
    title: behavior.title,
    uri: behavior.uri ?? '',
    bot_id: behavior.botId,
    event: behavior.event,
    status: behavior.isDisabled ? 'disabled' : 'enabled',
    is_private: behavior.isPrivate,
    priority: String(behavior.priority),
    variables: [...variableRows(behavior.variables), ...variableRows([emptyVariable])],
  };
}

const emptyVariable = { key: '', label: '', type: 'S', isPrivate: false, params: {} };

function readForm(form: FormData, behavior: BehaviorRecord): BehaviorForm {
  return {
    title: formText(form, 'title').trim(),
    uri: formText(form, 'uri'),
    bot_id: formText(form, 'bot_id'),
    event: readEvent(form, behavior),
    status: formText(form, 'status'),
    is_private: formText(form, 'is_private') !== '',
    priority: formText(form, 'priority'),
    variables: readVariableRows(form, behavior.variables),
  };
}

function fieldsOf(form: BehaviorForm): JsonObject {
  const named = form.variables.filter((row) => row.key !== '');
  const keys = named.map((row) => row.key);
  const twice = keys.find((key, index) => keys.indexOf(key) !== index);
  if (twice !== undefined) {
    const message = `The variable ${twice} stands here twice.`;
    throw new HubError('bad_request', message, { extra: { faults: [{ path: '/variables', message }] } });
  }
  return {
    title: form.title,
    uri: form.uri,
    bot_id: form.bot_id,
    event: form.event,
    is_disabled: form.status === 'disabled',
    is_private: form.is_private,
    priority: form.priority,
    variables: variablesJson(named),
  };
}
