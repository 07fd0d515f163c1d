/** The form of an action, drawn from its own list of fields: what stands in it, and what is wrong with it. */
import type { Knex } from 'knex';
import { type Actor, mayUse, ownersSeen } from '../people/actor.ts';
import { type Accounts, type Owners, refusedAccount } from './accounts.ts';
import type { ActionField, ActionType } from './action.ts';
import { paramOf } from './action-edit.ts';
import type { BehaviorRecord } from './behavior.ts';
import type { BotRecord } from './bot.ts';
import { boundAccount } from './bound-accounts.ts';
import { choices, errorsOf, type FieldErrors } from './form.ts';
import type { JsonObject } from './json-value.ts';
import type { Tried } from './placeholder-sample.ts';
import { findBehavior, listBehaviors } from './store.ts';

export interface Deps {
  db: Knex;
  accounts: Pick<Accounts, 'find' | 'list'>;
  owners: Owners;
  templates: { check(template: string): { message: string; line: number | undefined } | undefined };
}

/** A template of the page that was tried, by the name of its field. */
export type Tested = ({ name: string } & Tried) | null;

/** What stands against the action, at its fields: what cannot run, templates with a fault, a foreign account. */
export async function actionProblems(
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
    const fault = field.kind === 'template' ? templateFault(deps, paramOf(action, field)) : undefined;
    if (fault) errors[field.key] = fault;
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

/** Why a template cannot be rendered at all; undefined when it can. */
export function templateFault({ templates }: Pick<Deps, 'templates'>, template: string): string | undefined {
  const fault = templates.check(template);
  return fault && (fault.line ? `Line ${fault.line}: ${fault.message}` : fault.message);
}

/** Fields for the page, those of the inputs of a chosen behavior behind the action's own. */
export async function actionFields(
  deps: Deps,
  {
    type,
    action,
    bot,
    errors,
    tested = null,
  }: {
    type: ActionType;
    action: JsonObject;
    bot: BotRecord | undefined;
    errors: FieldErrors;
    tested?: Tested;
  },
): Promise<JsonObject[]> {
  const fields = [...type.fields, ...(await inputFields(deps, type, action))];
  return Promise.all(
    fields.map(async (field) => {
      const value = paramOf(action, field);
      const shown = { ...field, [field.kind]: true, value, error: errors[field.key] ?? null, tested };
      const options = await optionsFor(deps, field, value, bot);
      return options ? { ...shown, options } : shown;
    }),
  );
}

async function optionsFor(
  deps: Deps,
  field: ActionField,
  value: string,
  bot: BotRecord | undefined,
): Promise<ReturnType<typeof choices> | undefined> {
  switch (field.kind) {
    case 'select':
      return choices(field.options ?? [], value);
    case 'account':
      return accountOptions(deps, value, bot);
    case 'behavior':
      return behaviorOptions(deps, value, bot);
    default:
      return undefined;
  }
}

/** An account the bot may not use is kept among the choices, so that it is seen and replaced. */
async function accountOptions(deps: Deps, value: string, bot: BotRecord | undefined) {
  const usable = bot ? await deps.accounts.list(asActor(bot)) : [];
  const account = value === '' ? undefined : await deps.accounts.find(value);
  const other = account && !usable.some((one) => one.id === account.id) ? [account] : [];
  const options = [...usable, ...other].map((one) => ({ value: one.id, label: one.name }));
  const none = {
    value: '',
    label: options.length > 0 ? 'Choose an account' : 'The bot may use no account yet',
  };
  return choices([none, ...options], account?.id ?? '');
}

/** Behaviors that the bot may run; what is chosen and cannot be found stays, as it is written. */
async function behaviorOptions({ db }: Deps, value: string, bot: BotRecord | undefined) {
  const seen = bot ? await listBehaviors(db, { owners: ownersSeen(asActor(bot)) }, { limit: 500 }) : [];
  const usable = seen.filter((one) => !one.isPrivate || one.botId === bot?.id);
  const chosen = await chosenBehavior(db, value);
  const options = usable.map((one) => ({ value: one.id, label: one.title }));
  const isListed = options.some((one) => one.value === chosen?.id);
  const other = { value: chosen?.id ?? value, label: chosen?.title ?? `${value} (not here)` };
  const all = value === '' || isListed ? options : [...options, other];
  return choices([{ value: '', label: 'Choose a behavior' }, ...all], chosen?.id ?? value);
}

/** The public variables of the behavior that is chosen, and what is handed to it beside them. */
async function inputFields({ db }: Deps, type: ActionType, action: JsonObject): Promise<ActionField[]> {
  const field = type.fields.find(({ kind }) => kind === 'behavior');
  if (!field) return [];
  const behavior = await chosenBehavior(db, paramOf(action, field));
  const asked = (behavior?.variables ?? []).filter(({ isPrivate }) => !isPrivate);
  const own = new Set(type.fields.map(({ key }) => key));
  const others = Object.keys(action).filter(
    (key) => key.startsWith('var_') && !own.has(key) && !asked.some((variable) => variable.key === key),
  );
  return [
    ...asked.map(({ key, label }) => ({ key, label: `${label} (${key})`, kind: 'template' as const })),
    ...others.map((key) => ({
      key,
      label: key,
      kind: 'template' as const,
      ...(behavior ? { help: `'${behavior.title}' does not ask for it. Empty it to take it away.` } : {}),
    })),
  ];
}

function chosenBehavior(db: Knex, idOrUri: string): Promise<BehaviorRecord | undefined> {
  return idOrUri === '' ? Promise.resolve(undefined) : findBehavior(db, idOrUri);
}

function asActor(bot: BotRecord): Actor {
  return { kind: 'bot', id: bot.id, name: bot.name, owner: bot.owner };
}
