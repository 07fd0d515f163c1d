/** Pages of bots: list, card, form. */

import { HubError } from '../errors.ts';
import type { PageAnswer, PageRoute, Visit, WorkerActor } from '../http/route.ts';
import { JsonError, parseJson, writeJson } from '../json.ts';
import { readPaging } from '../paging.ts';
import { isAdmin, mayGiveTo } from '../people/actor.ts';
import { cursorOf } from './api-call.ts';
import { behaviorMark } from './behavior-view.ts';
import type { BotRecord } from './bot.ts';
import { changeBot, createBot, type Deps, getBot, listSeenBots, removeBot } from './bots.ts';
import {
  choices,
  type FieldErrors,
  formText,
  onOff,
  ownerValue,
  readOwnerValue,
  refusalOf,
  workerOf,
} from './form.ts';
import type { JsonObject } from './json-value.ts';
import { listBehaviors } from './store.ts';

const pageSize = 50;
const fields = ['name', 'uri', 'owner', 'status', 'config'];

/** What the form holds, as typed. */
interface BotForm {
  name: string;
  uri: string;
  owner: string;
  status: string;
  config: string;
}

export function botPages(deps: Deps): PageRoute[] {
  const { db } = deps;
  const list = async (visit: Visit): Promise<PageAnswer> => {
    const { after } = readPaging(visit.query);
    const bots = await listSeenBots(db, workerOf(visit), { limit: pageSize + 1, after });
    const shown = bots.slice(0, pageSize);
    const rows = await Promise.all(shown.map((bot) => row(deps, bot)));
    const last = shown.at(-1);
    const next = bots.length > pageSize && last ? `/bots?after=${cursorOf(last)}` : null;
    return { view: 'bots/bots', model: { title: 'Bots', bots: rows, next } };
  };
  const card = async (visit: Visit): Promise<PageAnswer> => {
    const bot = await botOf(deps, visit);
    const behaviors = await listBehaviors(db, { botId: bot.id }, { limit: 500 });
    return {
      view: 'bots/bot',
      model: {
        title: bot.name,
        bot: await row(deps, bot),
        whoMayUse: await deps.owners.whoMayUse(bot.owner),
        updatedAt: bot.updatedAt,
        uri: bot.uri,
        config: bot.params.config ? writeJson(bot.params.config, 2) : null,
        behaviors: behaviors.map((behavior) => behaviorMark(behavior, bot)),
      },
    };
  };
  const edit = async (visit: Visit): Promise<PageAnswer> => {
    const bot = await botOf(deps, visit);
    return formPage(deps, workerOf(visit), filled(bot), {}, bot);
  };
  const create = async (visit: Visit): Promise<PageAnswer> => {
    const form = readForm(visit.form);
    try {
      const id = await createBot(deps, { actor: workerOf(visit), fields: fieldsOf(form, undefined) });
      return { redirect: `/bots/${id}`, notice: `The bot '${form.name}' was made.` };
    } catch (error) {
      return formPage(deps, workerOf(visit), form, refusalOf(error, fields), undefined);
    }
  };
  const save = async (visit: Visit): Promise<PageAnswer> => {
    const bot = await botOf(deps, visit);
    const form = readForm(visit.form);
    try {
      await changeBot(deps, { actor: workerOf(visit), bot: bot.id, fields: fieldsOf(form, bot) });
      return { redirect: `/bots/${bot.id}`, notice: 'The changes were saved.' };
    } catch (error) {
      return formPage(deps, workerOf(visit), form, refusalOf(error, fields), bot);
    }
  };
  const remove = async (visit: Visit): Promise<PageAnswer> => {
    const bot = await botOf(deps, visit);
    const withDependents = formText(visit.form, 'with') === 'dependents';
    await removeBot(deps, { actor: workerOf(visit), bot: bot.id, withDependents });
    return { redirect: '/bots', notice: `The bot '${bot.name}' was deleted.` };
  };
  const blank = (visit: Visit): Promise<PageAnswer> => {
    const worker = workerOf(visit);
    const owner = isAdmin(worker) ? 'app:0' : `worker:${worker.id}`;
    return formPage(deps, worker, { name: '', uri: '', owner, status: 'enabled', config: '' }, {}, undefined);
  };
  return [
    { method: 'GET', path: '/bots', access: 'worker', handle: list },
    { method: 'GET', path: '/bots/new', access: 'worker', handle: blank },
    { method: 'POST', path: '/bots/new', access: 'worker', handle: create },
    { method: 'GET', path: '/bots/:id', access: 'worker', handle: card },
    { method: 'GET', path: '/bots/:id/edit', access: 'worker', handle: edit },
    { method: 'POST', path: '/bots/:id/edit', access: 'worker', handle: save },
    { method: 'POST', path: '/bots/:id/delete', access: 'worker', handle: remove },
  ];
}

function botOf(deps: Deps, visit: Visit): Promise<BotRecord> {
  return getBot(deps.db, workerOf(visit), visit.params.id ?? '');
}

async function row(deps: Deps, bot: BotRecord): Promise<JsonObject> {
  return {
    id: bot.id,
    name: bot.name,
    image: bot.image,
    initial: bot.name.slice(0, 1).toUpperCase(),
    owner: await deps.owners.label(bot.owner),
    isDisabled: bot.isDisabled,
  };
}

async function formPage(
  deps: Deps,
  worker: WorkerActor,
  form: BotForm,
  errors: FieldErrors,
  bot: BotRecord | undefined,
): Promise<PageAnswer> {
  const owners = (await deps.owners.list())
    .filter((owner) => mayGiveTo(worker, owner))
    .map((owner) => ({ value: ownerValue(owner), label: owner.label }));
  const behaviors = bot ? await listBehaviors(deps.db, { botId: bot.id }, { limit: 500 }) : [];
  return {
    view: 'bots/bot-form',
    status: Object.keys(errors).length > 0 ? 400 : 200,
    model: {
      title: bot ? `Edit ${bot.name}` : 'New bot',
      bot: bot ? { id: bot.id, name: bot.name } : null,
      behaviors: behaviors.map((behavior) => behavior.title),
      form,
      errors,
      fault: errors[''] ?? null,
      owners: choices(owners, form.owner),
      statuses: choices(onOff, form.status),
    },
  };
}

function filled(bot: BotRecord): BotForm {
  return {
    name: bot.name,
    uri: bot.uri ?? '',
    owner: ownerValue(bot.owner),
    status: bot.isDisabled ? 'disabled' : 'enabled',
    config: bot.params.config ? writeJson(bot.params.config, 2) : '',
  };
}

function readForm(form: FormData): BotForm {
  return {
    name: formText(form, 'name').trim(),
    uri: formText(form, 'uri'),
    owner: formText(form, 'owner'),
    status: formText(form, 'status'),
    config: formText(form, 'config'),
  };
}

function fieldsOf(form: BotForm, bot: BotRecord | undefined): JsonObject {
  return {
    name: form.name,
    uri: form.uri,
    owner: readOwnerValue(form.owner),
    is_disabled: form.status === 'disabled',
    params: { ...bot?.params, config: readConfig(form.config) },
  };
}

function readConfig(text: string): unknown {
  if (text.trim() === '') return null;
  try {
    return parseJson(text);
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    const message = `This is not JSON: ${error.message}, line ${error.line}, column ${error.column}.`;
    throw new HubError('bad_request', message, { extra: { faults: [{ path: '/config', message }] } });
  }
}
