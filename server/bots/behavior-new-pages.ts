/** Pages that make behaviors: by hand from the first action, from JSON, and as a copy. */
import type { PageAnswer, PageRoute, Visit } from '../http/route.ts';
import { eventsOf } from './action.ts';
import { readActionForm } from './action-edit.ts';
import { actionFields, actionProblems, type Deps as FormDeps } from './action-form.ts';
import { freshAction, typeAsked } from './action-pages.ts';
import { actionTypes } from './actions/index.ts';
import { botChoices, seen } from './behavior-pages.ts';
import { type Deps as BehaviorDeps, createBehavior } from './behaviors.ts';
import { getBot } from './bots.ts';
import { eventMacroBot, eventTypes } from './event.ts';
import { choices, type FieldErrors, formText, refusalOf, workerOf } from './form.ts';
import type { JsonObject } from './json-value.ts';
import { exportedBehavior, readExported } from './node-json.ts';
import { titleOfEvent } from './remarks.ts';

export type Deps = BehaviorDeps & FormDeps;

/** What a new behavior begins with. */
interface Begun {
  bot: Awaited<ReturnType<typeof getBot>> | undefined;
  type: ReturnType<typeof typeAsked>;
  title: string;
  event: string;
}

export function behaviorNewPages(deps: Deps): PageRoute[] {
  const { db } = deps;
  const blank = async (visit: Visit): Promise<PageAnswer> => {
    const bot = await chosenBot(visit.query.get('bot') ?? '', visit);
    const type = typeAsked(visit.query.get('action') ?? '');
    const event = eventsOf(type)?.[0] ?? eventMacroBot;
    return newPage(visit, { bot, type, title: '', event }, freshAction(type), {});
  };
  const create = async (visit: Visit): Promise<PageAnswer> => {
    const bot = await chosenBot(formText(visit.form, 'bot_id'), visit);
    const title = formText(visit.form, 'title').trim();
    const type = typeAsked(formText(visit.form, 'action'));
    const event = formText(visit.form, 'event') || eventMacroBot;
    const begun = { bot, type, title, event };
    const action = readActionForm(type, visit.form, {});
    if (visit.form.has('show')) return newPage(visit, begun, action, {});
    const errors = await actionProblems(deps, type, action, bot);
    if (!bot) errors.bot_id = 'Choose the bot that shall have this behavior.';
    const events = eventsOf(type);
    if (events && !events.includes(event)) {
      const titles = events.map((key) => `"${titleOfEvent(key)}"`).join(' or ');
      errors.event = `"${type.title}" needs the event ${titles}.`;
    }
    if (Object.keys(errors).length > 0) return newPage(visit, begun, action, errors);
    const node = { type: 'action', title: type.title, status: 'live', params: { actions: [action] } };
    const fields = { title, bot_id: bot?.id, event: { key: event }, nodes: [node] };
    try {
      const id = await createBehavior(deps, { actor: workerOf(visit), fields });
      return { redirect: `/behaviors/${id}`, notice: `The behavior '${title}' was made.` };
    } catch (error) {
      return newPage(visit, begun, action, refusalOf(error, ['title', 'bot_id', 'event']));
    }
  };
  const importForm = (visit: Visit) => importPage(visit, visit.query.get('bot') ?? '', '', {});
  const importJson = async (visit: Visit): Promise<PageAnswer> => {
    const bot = formText(visit.form, 'bot_id');
    const text = await sentText(visit.form);
    try {
      const fields = { ...readExported(text), bot_id: bot };
      const id = await createBehavior(deps, { actor: workerOf(visit), fields });
      return { redirect: `/behaviors/${id}`, notice: 'The behavior was imported.' };
    } catch (error) {
      return importPage(visit, bot, text, refusalOf(error, ['bot_id']));
    }
  };
  const download = async (visit: Visit): Promise<PageAnswer> => {
    const { behavior } = await seen(deps, visit);
    return {
      download: new TextEncoder().encode(exportedBehavior(behavior)),
      filename: `${behavior.title.toLowerCase().replace(/[^a-z0-9]+/g, '-') || 'behavior'}.json`,
      contentType: 'application/json',
    };
  };
  const duplicate = async (visit: Visit): Promise<PageAnswer> => {
    const { behavior } = await seen(deps, visit);
    const title = `${behavior.title} (copy)`.slice(0, 255);
    // Disabled, or two behaviors would answer what one does now.
    const fields = {
      ...readExported(exportedBehavior(behavior)),
      bot_id: behavior.botId,
      title,
      uri: null,
      is_disabled: true,
    };
    const id = await createBehavior(deps, { actor: workerOf(visit), fields });
    const notice = `'${title}' is a copy. It is disabled until you enable it.`;
    return { redirect: `/behaviors/${id}`, notice };
  };

  const chosenBot = async (id: string, visit: Visit) =>
    id === '' ? undefined : getBot(db, workerOf(visit), id);
  const botOptions = async (visit: Visit, chosen: string) =>
    choices([{ value: '', label: 'Choose a bot' }, ...(await botChoices(deps, visit))], chosen);
  const newPage = async (
    visit: Visit,
    { bot, type, title, event }: Begun,
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
      bots: await botOptions(visit, bot?.id ?? ''),
      action: { id: type.id, title: type.title },
      actions: choices(
        [...actionTypes.values()].map((one) => ({ value: one.id, label: one.title })),
        type.id,
      ),
      events: choices(
        [...eventTypes].map(([value, one]) => ({ value, label: one.title })),
        event,
      ),
      hasBehavior: type.fields.some(({ kind }) => kind === 'behavior'),
      fields: await actionFields(deps, { type, action, bot, errors }),
    },
  });
  const importPage = async (
    visit: Visit,
    bot: string,
    text: string,
    errors: FieldErrors,
  ): Promise<PageAnswer> => ({
    view: 'bots/behavior-import',
    status: Object.keys(errors).length > 0 ? 400 : 200,
    model: {
      title: 'Import a behavior',
      bots: await botOptions(visit, bot),
      text,
      errors,
      fault: errors[''],
    },
  });
  return [
    { method: 'GET', path: '/behaviors/new', access: 'worker', handle: blank },
    { method: 'POST', path: '/behaviors/new', access: 'worker', handle: create },
    { method: 'GET', path: '/behaviors/import', access: 'worker', handle: importForm },
    { method: 'POST', path: '/behaviors/import', access: 'worker', handle: importJson },
    { method: 'GET', path: '/behaviors/:id/export', access: 'worker', handle: download },
    { method: 'POST', path: '/behaviors/:id/duplicate', access: 'worker', handle: duplicate },
  ];
}

/** A chosen file wins over the text field. */
async function sentText(form: FormData): Promise<string> {
  const file = form.get('file');
  return file instanceof File && file.size > 0 ? file.text() : formText(form, 'json');
}
