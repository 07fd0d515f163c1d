/** A behavior as a file of its own: the item that a package has for it, under "behavior". Pure. */
import { HubError } from '../errors.ts';
import { JsonError, parseJson, writeJson } from '../json.ts';
import type { Behavior } from './behavior.ts';
import { describeBehavior } from './describe.ts';
import { isObject, type JsonObject } from './json-value.ts';
import { titleOfEvent } from './remarks.ts';

/** Without its bot: whoever imports it chooses one. */
export function exportedBehavior(behavior: Behavior): string {
  const { bot_id: _bot, event: _event, ...fields } = describeBehavior(behavior).fields;
  const { key, params } = behavior.event;
  const item = { uid: 'behavior', ...fields, event: { key, label: titleOfEvent(key), params } };
  return `${writeJson({ behavior: item }, 2)}\n`;
}

/** Reads what exportedBehavior wrote, or a package's item alone. Throws `bad_request` for what is neither. */
export function readExported(text: string): JsonObject {
  const value = readJson(text);
  const item = isObject(value) && isObject(value.behavior) ? value.behavior : value;
  if (!isObject(item) || !('nodes' in item)) {
    throw new HubError(
      'bad_request',
      'This is no behavior: it needs an object with "title", "event" and "nodes", by itself or under "behavior".',
    );
  }
  const { uid: _uid, bot_id: _bot, id: _id, ...fields } = item;
  return fields;
}

function readJson(text: string): unknown {
  if (text.trim() === '')
    throw new HubError('bad_request', 'Paste the JSON of a behavior, or choose a file.');
  try {
    return parseJson(text);
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    throw new HubError(
      'bad_request',
      `This is not JSON: line ${error.line}, column ${error.column}: ${error.message}.`,
    );
  }
}
