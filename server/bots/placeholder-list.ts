/** The placeholders that a template at some place of a behavior can use, to be offered beside it. Pure. */
import { findActionType } from './actions/index.ts';
import { actionsOf, type Behavior, eachNode } from './behavior.ts';
import type { Bot } from './bot.ts';
import { eventTypes } from './event.ts';
import { isObject, type JsonObject, textOf } from './json-value.ts';

export interface OfferedPlaceholder {
  name: string;
  title: string;
}

/** `path` is the JSON pointer of the node or action that the template belongs to; `tag` is what a template writes. */
export function offeredPlaceholders(
  behavior: Behavior,
  bot: Bot,
  path: string,
): (OfferedPlaceholder & { tag: string })[] {
  const offered = [
    ...behavior.variables.map(({ key, label }) => ({ name: key, title: label })),
    ...(eventTypes.get(behavior.event.key)?.placeholders ?? []).map(({ name, title }) => ({ name, title })),
    ...loopsAround(behavior, path),
    ...setBefore(behavior, path),
    ...configOf(bot),
    ...ofEveryBehavior,
  ];
  const unique = new Map(offered.map((one) => [one.name, one])).values();
  return [...unique].map((one) => ({ ...one, tag: `{{${one.name}}}` }));
}

const ofEveryBehavior = [
  { name: 'behavior_title', title: 'Title of this behavior' },
  { name: 'behavior_id', title: 'ID of this behavior' },
  { name: 'behavior_bot_name', title: 'Name of its bot' },
  { name: 'behavior_bot_id', title: 'ID of its bot' },
];

function loopsAround({ nodes }: Behavior, path: string): OfferedPlaceholder[] {
  return eachNode(nodes)
    .filter(({ path: at, value }) => value.type === 'loop' && path.startsWith(`${at}/`))
    .flatMap(({ value }) => {
      const name = textOf(value.params.as_placeholder)?.trim() || '_loop';
      return [
        { name, title: `Item of the loop "${value.title}"` },
        { name: `${name}__key`, title: 'Its key' },
        { name: `${name}__counter`, title: 'Its number, from 1' },
      ];
    });
}

/** Set by actions that stand before this place; in a subroutine every action may have run. */
function setBefore({ nodes }: Behavior, path: string): OfferedPlaceholder[] {
  const isInSubroutine = eachNode(nodes).some(
    ({ path: at, value }) => value.type === 'subroutine' && path.startsWith(`${at}/`),
  );
  const actions = eachNode(nodes).flatMap(actionsOf);
  const here = actions.findIndex(({ path: at }) => at === path || at.startsWith(`${path}/`));
  const before = isInSubroutine || here < 0 ? actions : actions.slice(0, here);
  return before.flatMap(({ value }) => placeholdersOf(value));
}

function placeholdersOf(action: JsonObject): OfferedPlaceholder[] {
  const type = findActionType(textOf(action.action) ?? '');
  return (type?.fields ?? []).flatMap(({ key, kind, members = [] }) => {
    const name = kind === 'placeholder' ? textOf(action[key])?.trim() : undefined;
    if (!name) return [];
    const whole = { name, title: `Set by "${type?.title}"` };
    return [whole, ...members.map((member) => ({ name: `${name}.${member.name}`, title: member.title }))];
  });
}

function configOf({ params }: Bot): OfferedPlaceholder[] {
  const config = isObject(params.config) ? params.config : {};
  return Object.keys(config).map((key) => ({
    name: `behavior_bot_config.${key}`,
    title: "From the bot's configuration",
  }));
}
