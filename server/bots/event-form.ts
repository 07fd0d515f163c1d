/** The event of a behavior in its form: which, and its params by the event's own fields. Pure. */
import { paramOf } from './action-edit.ts';
import type { Behavior } from './behavior.ts';
import { eventTypes } from './event.ts';
import { choices, formText } from './form.ts';
import type { JsonObject } from './json-value.ts';
import { titleOfEvent } from './remarks.ts';

/** Fields of the params, `event_` before each name. */
export function eventFields({ key, params }: Behavior['event']): JsonObject[] {
  return (eventTypes.get(key)?.fields ?? []).map((field) => {
    const value = paramOf(params, field);
    const shown = { ...field, key: `event_${field.key}`, [field.kind]: true, value };
    return { ...shown, options: choices(field.options ?? [], value) };
  });
}

/** Params that the form does not show stay, unless the event is another one. */
export function readEvent(form: FormData, { event }: Pick<Behavior, 'event'>): Behavior['event'] {
  const key = formText(form, 'event') || event.key;
  const params = key === event.key ? { ...event.params } : {};
  for (const field of eventTypes.get(key)?.fields ?? []) {
    const name = `event_${field.key}`;
    if (form.has(name)) params[field.key] = formText(form, name);
  }
  return { key, params };
}

/** Every event that can run, and one that cannot where a behavior has it. */
export function eventChoices(chosen: string): ReturnType<typeof choices> {
  const known = [...eventTypes].map(([value, { title }]) => ({ value, label: title }));
  const other = eventTypes.has(chosen) ? [] : [{ value: chosen, label: titleOfEvent(chosen) }];
  return choices([...known, ...other], chosen);
}
