/** A bot: who owns it and what its behaviors may read of its configuration. Pure. */
import { isId } from '../id.ts';
import type { Remark } from '../packages/record-type.ts';
import { isRoleContext, type Owner, ownerContexts, readOwnerContext, roleRefusal } from '../people/actor.ts';
import { below, flagOf, isObject, type JsonObject, objectOf, textOf } from './json-value.ts';

export interface Bot {
  name: string;
  uri: string | null;
  owner: Owner;
  isDisabled: boolean;
  /** As in packages: `config` (what `behavior_bot_config` shows), `events`, `actions`. */
  params: JsonObject;
  /** A data URI of a small picture. */
  image: string | null;
}

export interface BotRecord extends Bot {
  id: string;
  createdAt: number;
  updatedAt: number;
}

export const botContext = 'cerberusweb.contexts.bot';

const fields = new Set([
  'name',
  'uri',
  'owner',
  'owner__context',
  'owner_id',
  'is_disabled',
  'params',
  'image',
  'mention_name',
  'updated_at',
]);
const maxImageLength = 200_000;

/** Reads a bot's fields as packages and the API write them. With faults the value must not be stored. */
export function parseBot(
  input: JsonObject,
  path: string,
): { value: Bot; faults: Remark[]; unsupported: Remark[] } {
  const faults: Remark[] = [];
  const unsupported = Object.keys(input)
    .filter((key) => !fields.has(key))
    .map((key) => ({ path: below(path, key), message: `A bot has no field "${key}".` }));
  const fault = (key: string, message: string) => faults.push({ path: below(path, key), message });

  const name = textOf(input.name)?.trim() ?? '';
  if (name === '' || name.length > 255) fault('name', 'A bot needs a name of 1 to 255 characters.');
  const uri = parseUri(input.uri);
  if (uri === undefined) fault('uri', uriRule);
  const params = objectOf(input.params);
  if (!params) fault('params', 'Params of a bot are an object.');
  const image = textOf(input.image) || null;
  if (image && !isPicture(image)) {
    fault(
      'image',
      'The image must be a data URI of a PNG, JPEG or GIF in base64, at most 200,000 characters.',
    );
  }
  const owner = parseOwner(input);
  if (owner === 'role') {
    unsupported.push({ path: below(path, 'owner'), message: `${roleRefusal('bot')}.` });
  } else if (!owner) {
    const message =
      'The owner must be the application (app), a group or a worker: {"context": "app", "id": "0"}.';
    fault('owner', message);
  }
  return {
    value: {
      name,
      uri: uri ?? null,
      owner: typeof owner === 'object' ? owner : { context: 'app', id: '0' },
      isDisabled: flagOf(input.is_disabled),
      params: params ?? {},
      image,
    },
    faults,
    unsupported,
  };
}

/** The fields back in the shape parseBot reads. */
export function botJson(bot: Bot): JsonObject {
  return {
    name: bot.name,
    uri: bot.uri,
    owner: { context: ownerContexts[bot.owner.context], id: bot.owner.id },
    is_disabled: bot.isDisabled,
    params: bot.params,
    image: bot.image,
  };
}

export const uriRule =
  'A URI is 1 to 128 lower-case letters, digits, dots, dashes or underscores, and not the form of an id.';

/** Null for none, undefined for one that is not accepted. Upper case is lowered: ids are upper-case, uris never. */
export function parseUri(value: unknown): string | null | undefined {
  const text = textOf(value)?.trim().toLowerCase();
  if (text === '') return null;
  if (text === undefined || isId(text)) return undefined;
  return /^[a-z0-9._-]{1,128}$/.test(text) ? text : undefined;
}

function parseOwner(input: JsonObject): Owner | 'role' | undefined {
  const given = isObject(input.owner) ? input.owner : { context: input.owner__context, id: input.owner_id };
  const name = textOf(given.context) ?? '';
  const id = textOf(given.id)?.trim() ?? '';
  if (isRoleContext(name)) return 'role';
  const context = readOwnerContext(name);
  if (context === 'app') return { context, id: '0' };
  return context !== undefined && id !== '' ? { context, id } : undefined;
}

/** Only raster pictures: an SVG could carry script. */
function isPicture(image: string): boolean {
  return (
    image.length <= maxImageLength && /^data:image\/(png|jpeg|gif);base64,[A-Za-z0-9+/]+={0,2}$/.test(image)
  );
}
