/** Pages of actions: a behavior made by hand from its first action, and the form of an action. */
import { HubError } from '../errors.ts';
import type { PageAnswer, PageRoute, Visit } from '../http/route.ts';
import { type Actor, mayUse } from '../people/actor.ts';
import { type Accounts, type Owners, refusedAccount } from './accounts.ts';
import { type ActionField, type ActionType, eventsOf } from './action.ts';
import { findAction, paramOf, readActionForm, replaceAction } from './action-edit.ts';
import { httpRequest } from './actions/http-request.ts';
import { actionTypes } from './actions/index.ts';
import type { NodeStatus } from './behavior.ts';
import { botChoices, seen } from './behavior-pages.ts';
import { type Deps as BehaviorDeps, changeBehavior, createBehavior } from './behaviors.ts';
import type { BotRecord } from './bot.ts';
import { getBot } from './bots.ts';
import { boundAccount } from './bound-accounts.ts';
import { eventMacroBot, eventTypes } from './event.ts';
import { choices, errorsOf, type FieldErrors, formText, refusalOf, workerOf } from './form.ts';
import { type JsonObject, textOf } from './json-value.ts';
import { titleOfEvent } from './remarks.ts';

export interface Deps extends BehaviorDeps {
  accounts: Accounts;
  owners: Owners;
  templates: { check(template: string): { message: string; line: number | undefined } | undefined };
}

export function actionPages(deps: Deps): PageRoute[] {
  const { db } = deps;
  const blank = async (visit: Visit): Promise<PageAnswer> => {
    const bot = await chosenBot(visit.query.get('bot') ?? '', visit);
    const type = typeAsked(visit.query.get('action') ?? '');
    const fresh = { http_verb: 'get', run_in_simulator: '1', response_placeholder: '_http_response' };
    const event = eventsOf(type)?.[0] ?? eventMacroBot;
    return newPage(visit, { bot, type, title: '', event }, type === httpRequest ? fresh : {}, {});
  };
  const create = async (visit: Visit): Promise<PageAnswer> => {
    const bot = await chosenBot(formText(visit.form, 'bot_id'), visit);
    const title = formText(visit.form, 'title').trim();
    const type = typeAsked(formText(visit.form, 'action'));
    const event = formText(visit.form, 'event') || eventMacroBot;
    const made = { bot, type, title, event };
    const action = readActionForm(type, visit.form, {});
    const errors = await problems(deps, type, action, bot);
    if (!bot) errors.bot_id = 'Choose the bot that shall have this behavior.';
    const events = eventsOf(type);
    if (events && !events.includes(event)) {
      const titles = events.map((key) => `"${titleOfEvent(key)}"`).join(' or ');
      errors.event = `"${type.title}" needs the event ${titles}.`;
    }
    if (Object.keys(errors).length > 0) return newPage(visit, made, action, errors);
    try {
      const node = {
        type: 'action',
        title: type.title,
        status: 'live',
        params: { actions: [action] },
      };
      const fields = { title, bot_id: bot?.id, event: { key: event }, nodes: [node] };
      const id = await createBehavior(deps, { actor: workerOf(visit), fields });
      return { redirect: `/behaviors/${id}`, notice: `The behavior '${title}' was made.` };
    } catch (error) {
      return newPage(visit, made, action, refusalOf(error, ['title', 'bot_id', 'event']));
    }
  };
  const edit = async (visit: Visit): Promise<PageAnswer> => {
    const { node, action, type } = await target(visit);
    return editPage(visit, type, action, node, {});
  };
  const save = async (visit: Visit): Promise<PageAnswer> => {
    const { behavior, bot, type, action: old } = await target(visit);
    const action = readActionForm(type, visit.form, old);
    const node = {
      title: formText(visit.form, 'node_title').trim() || type.title,
      status: statusOf(visit.form),
    };
    const errors = await problems(deps, type, action, bot);
    if (Object.keys(errors).length > 0) return editPage(visit, type, action, node, errors);
    const nodes = replaceAction(behavior.nodes, visit.params.path ?? '', { action, ...node });
    await changeBehavior(deps, { actor: workerOf(visit), behavior: behavior.id, fields: { nodes } });
    return { redirect: `/behaviors/${behavior.id}`, notice: 'The action was saved.' };
  };

  const chosenBot = async (id: string, visit: Visit): Promise<BotRecord | undefined> =>
    id === '' ? undefined : getBot(db, workerOf(visit), id);
  const target = async (visit: Visit) => {
    const { behavior, bot } = await seen(deps, visit);
    const found = findAction(behavior.nodes, visit.params.path ?? '');
    const type = found && actionTypes.get(textOf(found.action.action) ?? '');
    if (!found || !type) throw new HubError('not_found', 'There is no action here that can be edited.');
    return { behavior, bot, type, ...found };
  };
  const newPage = async (
    visit: Visit,
    { bot, type, title, event }: NewBehavior,
    action: JsonObject,
    errors: FieldErrors,
  ): Promise<PageAnswer> => ({
    view: 'bots/behavior-new',
    status: Object.keys(errors).length > 0 ? 400 : 200,
    model: {
      title: 'New behavior',
      form: { title },
      errors,
      fault: errors[''] ?? null,
      bot: bot ? { id: bot.id, name: bot.name } : null,
      bots: choices(
        [{ value: '', label: 'Choose a bot' }, ...(await botChoices(deps, visit))],
        bot?.id ?? '',
      ),
      action: { id: type.id, title: type.title },
      actions: [...actionTypes.values()].map(({ id, title }) => ({ id, title, isChosen: id === type.id })),
      events: choices(
        [...eventTypes].map(([value, { title }]) => ({ value, label: title })),
        event,
      ),
      fields: await formFields(deps, type, action, bot, errors),
    },
  });
  const editPage = async (
    visit: Visit,
    type: ActionType,
    action: JsonObject,
    node: { title: string; status: NodeStatus },
    errors: FieldErrors,
  ): Promise<PageAnswer> => {
    const { behavior, bot } = await seen(deps, visit);
    const shown = { ...(await problems(deps, type, action, bot)), ...errors };
    return {
      view: 'bots/action',
      status: Object.keys(errors).length > 0 ? 400 : 200,
      model: {
        title: type.title,
        behavior: { id: behavior.id, title: behavior.title },
        address: visit.params.path,
        node: { title: node.title, statuses: choices(nodeStatuses, node.status) },
        fault: shown[''] ?? null,
        fields: await formFields(deps, type, action, bot, shown),
      },
    };
  };
  return [
    { method: 'GET', path: '/behaviors/new', access: 'worker', handle: blank },
    { method: 'POST', path: '/behaviors/new', access: 'worker', handle: create },
    { method: 'GET', path: '/behaviors/:id/nodes/:path', access: 'worker', handle: edit },
    { method: 'POST', path: '/behaviors/:id/nodes/:path', access: 'worker', handle: save },
  ];
}

/** What a new behavior begins with. */
interface NewBehavior {
  bot: BotRecord | undefined;
  type: ActionType;
  title: string;
  event: string;
}

function typeAsked(id: string): ActionType {
  return actionTypes.get(id) ?? httpRequest;
}

const nodeStatuses = [
  { value: 'live', label: 'Live' },
  { value: 'simulator', label: 'Simulator only' },
  { value: 'disabled', label: 'Disabled' },
];

function statusOf(form: FormData): NodeStatus {
  const status = formText(form, 'node_status');
  return status === 'simulator' || status === 'disabled' ? status : 'live';
}

/** What stands against the action, at its fields: what cannot run, templates with a fault, a foreign account. */
async function problems(
  deps: Deps,
  type: ActionType,
  action: JsonObject,
  bot: BotRecord | undefined,
): Promise<FieldErrors> {
  const errors = errorsOf(
    type.remarks(action),
    type.fields.map((field) => field.key),
  );
  for (const field of type.fields) {
    if (field.kind !== 'template') continue;
    const fault = deps.templates.check(paramOf(action, field));
    if (fault) errors[field.key] = fault.line ? `Line ${fault.line}: ${fault.message}` : fault.message;
  }
  const bound = boundAccount({ ...action, action: type.id });
  if (bot && bound && !errors[bound.key]) {
    const account = await deps.accounts.find(bound.id);
    if (!account) errors[bound.key] = 'This account does not exist any more. Choose another one.';
    else if (!mayUse(asActor(bot), account.owner)) {
      errors[bound.key] = await refusedAccount(deps.owners, bot, account);
    }
  }
  return errors;
}

/** Fields of the form; an account the bot may not use is kept among the choices, so that it is seen and replaced. */
async function formFields(
  deps: Deps,
  type: ActionType,
  action: JsonObject,
  bot: BotRecord | undefined,
  errors: FieldErrors,
): Promise<JsonObject[]> {
  const usable = bot ? await deps.accounts.list(asActor(bot)) : [];
  const show = async (field: ActionField): Promise<JsonObject> => {
    const value = paramOf(action, field);
    const shown = { ...field, [field.kind]: true, value, error: errors[field.key] ?? null };
    if (field.kind === 'select') return { ...shown, options: choices(field.options ?? [], value) };
    if (field.kind !== 'account') return shown;
    const account = value === '' ? undefined : await deps.accounts.find(value);
    const other = account && !usable.some((one) => one.id === account.id) ? [account] : [];
    const options = [...usable, ...other].map((one) => ({ value: one.id, label: one.name }));
    const none = {
      value: '',
      label: options.length > 0 ? 'Choose an account' : 'The bot may use no account yet',
    };
    return { ...shown, options: choices([none, ...options], account?.id ?? '') };
  };
  return Promise.all(type.fields.map(show));
}

function asActor(bot: BotRecord): Actor {
  return { kind: 'bot', id: bot.id, name: bot.name, owner: bot.owner };
}
