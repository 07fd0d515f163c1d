/** Fills in the templates of one package item: answers, made-up values, ids of uids. Pure. */
import { renderPackageText } from '../templates/package-stage.ts';
import { TemplateError } from '../templates/template-error.ts';
import type { AnswerValue } from './answers.ts';
import type { PackageItem } from './grammar.ts';
import { pointerTo } from './positions.ts';
import { isObject, type JsonObject } from './reading.ts';
import type { Remark } from './record-type.ts';

/** What templates of a package see: answers and made-up values by key, and ids by uid. */
export interface TemplateScope {
  values: Readonly<Record<string, AnswerValue>>;
  ids: ReadonlyMap<string, string>;
}

const noIds: ReadonlyMap<string, string> = new Map();

export interface Rendered {
  fields: JsonObject;
  faults: Remark[];
  warnings: Remark[];
}

/** `keys` lead from the record's root; `path` is the pointer from the package's. */
interface Place {
  keys: readonly (string | number)[];
  path: string;
}

/**
 * Renders every text of the item's fields, one by one, so that no answer can break out of its field. A name that
 * is neither prompt nor placeholder is taken as a uid when there is one; otherwise it stays in the text as it
 * stands, so that whoever uses the record later sees and refuses it. Both are named in `warnings`.
 */
export function renderItem(
  item: PackageItem,
  scope: TemplateScope,
  isBotTemplate: (keys: readonly (string | number)[]) => boolean,
): Rendered {
  const found = { faults: [] as Remark[], warnings: [] as Remark[] };
  const walk = (value: unknown, place: Place): unknown => {
    if (typeof value === 'string' || typeof value === 'number') {
      const id = literalBehavior(value, place, scope, found.warnings);
      if (id !== undefined) return id;
    }
    if (typeof value === 'string') return renderText(value, place, scope, isBotTemplate(place.keys), found);
    if (Array.isArray(value)) return value.map((entry: unknown, i) => walk(entry, below(place, i)));
    if (!isObject(value)) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, entry]) => {
        const inner = below(place, key);
        return [renderText(key, inner, scope, false, found), walk(entry, inner)];
      }),
    );
  };
  const fields = Object.fromEntries(
    Object.entries(item.fields).map(([key, value]) => [
      key,
      walk(value, below({ keys: [], path: item.path }, key)),
    ]),
  );
  return { fields, ...found };
}

/** Whether `_exclude` drops the item; what PHP takes for false keeps it. */
export function isExcluded(
  item: PackageItem,
  values: TemplateScope['values'],
  found: Omit<Rendered, 'fields'>,
): boolean {
  if (item.exclude === undefined) return false;
  const place = { keys: ['_exclude'], path: `${item.path}/_exclude` };
  const text = renderText(item.exclude, place, { values, ids: noIds }, false, found);
  return text !== '' && text !== '0';
}

/** Whether an item cannot do without the answer: to decide about it, or, when it is not here yet, to fill it. */
export function isNeeded(item: PackageItem, key: string, isHere: boolean): boolean {
  const decides = new RegExp(`\\b${key}\\b`).test(item.exclude ?? '');
  return decides || (!isHere && isUsedIn(item, key));
}

/** Whether a template of the item uses the name. */
export function isUsedIn(item: PackageItem, name: string): boolean {
  const pattern = usesOf(name);
  const isUsed = (value: unknown): boolean => {
    if (typeof value === 'string') return pattern.test(value);
    return typeof value === 'object' && value !== null && Object.values(value).some(isUsed);
  };
  return isUsed(item.fields);
}

/** Pointers of the item's texts whose template uses the name. */
export function pathsUsing(item: PackageItem, name: string): string[] {
  const pattern = usesOf(name);
  // Pointers are put together from the inside, so that only texts that use the name cost one.
  const walk = (value: unknown): string[] => {
    if (typeof value === 'string') return pattern.test(value) ? [''] : [];
    if (typeof value !== 'object' || value === null) return [];
    return Object.entries(value).flatMap(([key, entry]) =>
      walk(entry).map((inner) => pointerTo([key]) + inner),
    );
  };
  return walk(item.fields).map((pointer) => item.path + pointer);
}

function usesOf(name: string): RegExp {
  return new RegExp(`\\{\\{[{%][^}]*\\b${name}\\b`);
}

function below(place: Place, key: string | number): Place {
  return { keys: [...place.keys, key], path: place.path + pointerTo([key]) };
}

/** Some packages name a behavior by the number it had where it was exported; its uid is `behavior_NUMBER`. */
function literalBehavior(
  value: string | number,
  { keys, path }: Place,
  { ids }: TemplateScope,
  warnings: Remark[],
): string | undefined {
  if (keys.at(-1) !== 'behavior_id' || !/^\d+$/.test(String(value))) return undefined;
  const uid = `behavior_${value}`;
  const id = ids.get(uid);
  const said = `The literal "behavior_id": "${value}"`;
  const message =
    id === undefined
      ? `${said} names no behavior of this package; what uses it will refuse to run.`
      : `${said} is taken as this package's '${uid}'.`;
  warnings.push({ path, message });
  return id;
}

function renderText(
  text: string,
  { path }: Place,
  { values, ids }: TemplateScope,
  insideBotTemplate: boolean,
  found: Omit<Rendered, 'fields'>,
): string {
  if (!/\{\{[{%#]/.test(text)) return text;
  try {
    const scope: Record<string, unknown> = { ...values, uid: idsNamedIn(text, ids) };
    const { text: rendered, unknown } = renderPackageText(text, scope, { insideBotTemplate });
    if (unknown.length === 0) return rendered;
    const dangling: string[] = [];
    for (const name of new Set(unknown)) {
      const id = ids.get(name);
      if (id === undefined) dangling.push(name);
      else scope[name] = id;
      found.warnings.push({ path, message: aboutName(name, id !== undefined) });
    }
    return renderAround(text, dangling, (part) => renderPackageText(part, scope, { insideBotTemplate }).text);
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    found.faults.push({ path, message: `The template cannot be rendered: ${error.message}` });
    return '';
  }
}

/** The ids that a text asks for, so that a text costs the same in a small package and in a large one. */
function idsNamedIn(text: string, ids: ReadonlyMap<string, string>): Record<string, string> {
  if (/\buid\b(?!\.\w)/.test(text)) return Object.fromEntries(ids);
  const named = [...text.matchAll(/\buid\.(\w+)/g)].flatMap(([, uid = '']): [string, string][] => {
    const id = ids.get(uid);
    return id === undefined ? [] : [[uid, id]];
  });
  return Object.fromEntries(named);
}

function aboutName(name: string, isUid: boolean): string {
  const quoted = `{{{${name}}}}`;
  if (isUid) return `${quoted} is neither prompt nor placeholder; it is taken as {{{uid.${name}}}}.`;
  const what = name.startsWith('uid.')
    ? 'names no record of this import'
    : 'is neither prompt, placeholder nor uid';
  return `${quoted} ${what}; it stays in the text, and what uses it will refuse to run.`;
}

/** Renders a text but for the tags of the given names, which stay; where they stand inside blocks all is rendered. */
function renderAround(text: string, names: readonly string[], render: (part: string) => string): string {
  if (names.length === 0) return render(text);
  const tags = names.map((name) => name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|');
  const parts = text.split(new RegExp(`(\\{\\{\\{\\s*(?:${tags})\\s*\\}\\}\\})`));
  if (parts.length === 1 || text.includes('{{%')) return render(text);
  return parts.map((part, index) => (index % 2 === 1 ? part : render(part))).join('');
}
