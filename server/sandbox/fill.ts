/** Texts and JSON with places for what is known of a person and a request. Pure. */
import type { User } from './consumer.ts';
import { first, type Parameters } from './parameters.ts';
import type { WireJson } from './wire-json.ts';

/** Fills `{id}`, `{name}`, `{screen_name}` and `{param:NAME}`, which is empty where the request had none. */
export function fillText(text: string, user: User, asked: Parameters = []): string {
  return text.replace(/\{(id|name|screen_name|param:([^}]+))\}/g, (_whole, what: string, name?: string) => {
    if (name !== undefined) return first(asked, name) ?? '';
    return { id: user.id, name: user.name, screen_name: user.screenName }[what] ?? '';
  });
}

/** Every text of a JSON value filled; `{id:number}` alone becomes a number with all its digits. */
export function fillJson(value: WireJson, user: User): WireJson {
  if (value === '{id:number}') return BigInt(user.id);
  if (typeof value === 'string') return fillText(value, user);
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map((item: WireJson) => fillJson(item, user));
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      name,
      member === undefined ? undefined : fillJson(member, user),
    ]),
  );
}
