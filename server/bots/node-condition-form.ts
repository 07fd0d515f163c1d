/** An outcome's groups of conditions as a form, `g0_c1_value` and so on, which works without script. Pure. */
import { parseJson, writeJson } from '../json.ts';
import type { Behavior } from './behavior.ts';
import { choices, formText } from './form.ts';
import { flagOf, isObject, type JsonObject, objectOf, textOf } from './json-value.ts';
import { type ConditionField, conditionTokensOf, newCondition, tokenOf } from './node-conditions.ts';

const mostGroups = 50;
const mostConditions = 100;

/** Groups as sent. What a condition holds beside the fields of its kind is kept. */
export function readGroups(form: FormData, behavior: Behavior): JsonObject[] {
  const groups: JsonObject[] = [];
  for (let g = 0; form.has(`g${g}_any`) && g < mostGroups; g++) {
    const conditions: JsonObject[] = [];
    for (let c = 0; form.has(`g${g}_c${c}_is`) && c < mostConditions; c++) {
      conditions.push(readCondition(form, `g${g}_c${c}_`, behavior));
    }
    groups.push({ any: formText(form, `g${g}_any`) === '1' ? 1 : 0, conditions });
  }
  return groups;
}

/** What a button of the form asks for: `add-group`, `remove-group:0`, `add:0`, `remove:0:1`; nothing else changes. */
export function editGroups(
  groups: readonly JsonObject[],
  command: string,
  form: FormData,
  behavior: Behavior,
): JsonObject[] {
  const [verb, g, c] = command.split(':');
  const inGroup = (change: (conditions: readonly unknown[]) => unknown[]) =>
    groups.map((group, at) =>
      String(at) === g ? { ...group, conditions: change(conditionsOf(group)) } : group,
    );
  switch (verb) {
    case 'add-group':
      return [...groups, { any: 0, conditions: [] }];
    case 'remove-group':
      return groups.filter((_group, at) => String(at) !== g);
    case 'add': {
      const asked = formText(form, `g${g}_token`);
      const token = conditionTokensOf(behavior).find((one) => one.token === asked);
      return token ? inGroup((conditions) => [...conditions, newCondition(token)]) : [...groups];
    }
    case 'remove':
      return inGroup((conditions) => conditions.filter((_one, at) => String(at) !== c));
    default:
      return [...groups];
  }
}

/** Groups for the page; `errors` by the name of a field. */
export function shownGroups(
  groups: unknown,
  behavior: Behavior,
  errors: Readonly<Record<string, string>>,
  tested: object | null,
): JsonObject[] {
  const tokens = conditionTokensOf(behavior).map(({ token, title }) => ({ value: token, label: title }));
  return (Array.isArray(groups) ? groups.filter(isObject) : []).map((group, g) => ({
    number: g + 1,
    index: g,
    anyName: `g${g}_any`,
    anys: choices(
      [
        { value: '0', label: 'All of these conditions hold' },
        { value: '1', label: 'Any of these conditions holds' },
      ],
      flagOf(group.any) ? '1' : '0',
    ),
    tokenName: `g${g}_token`,
    tokens,
    conditions: conditionsOf(group)
      .filter(isObject)
      .map((condition, c) => {
        const known = tokenOf(condition, behavior);
        const prefix = `g${g}_c${c}_`;
        return {
          number: c + 1,
          title: known?.title ?? `${textOf(condition.condition)} (not known here)`,
          isKnown: known !== undefined,
          shape: writeJson(condition, 2),
          rawName: `${prefix}is`,
          raw: writeJson(condition),
          remove: `remove:${g}:${c}`,
          fields: (known?.fields ?? []).map((field) => {
            const name = prefix + field.key;
            return { ...shownField(field, name, condition), error: errors[name] ?? null, tested };
          }),
        };
      }),
  }));
}

/** Templates of the conditions, by the name of their field. */
export function conditionTemplates(groups: unknown): { name: string; template: string }[] {
  return (Array.isArray(groups) ? groups.filter(isObject) : []).flatMap((group, g) =>
    conditionsOf(group)
      .filter(isObject)
      .flatMap((condition, c) => {
        const template = textOf(condition.tpl);
        return 'tpl' in condition && template ? [{ name: `g${g}_c${c}_tpl`, template }] : [];
      }),
  );
}

function readCondition(form: FormData, prefix: string, behavior: Behavior): JsonObject {
  const old = readJson(formText(form, `${prefix}is`));
  const fields = tokenOf(old, behavior)?.fields ?? [];
  const read = ({ key, kind }: ConditionField): unknown => {
    const name = prefix + key;
    if (kind === 'ticks') return form.getAll(name).map(String);
    const text = formText(form, name);
    return kind === 'lines' ? text.split(/\r?\n/).flatMap((line) => line.trim() || []) : text;
  };
  return { ...old, ...Object.fromEntries(fields.map((field) => [field.key, read(field)])) };
}

function shownField(field: ConditionField, name: string, condition: JsonObject): JsonObject {
  const value = condition[field.key];
  const values = (Array.isArray(value) ? value : [value]).map((one) => textOf(one) ?? '');
  const { options = [] } = field;
  return {
    ...field,
    name,
    [field.kind]: true,
    value: field.kind === 'lines' ? values.join('\n') : (textOf(value) ?? ''),
    options:
      field.kind === 'ticks'
        ? options.map((option) => ({ ...option, checked: values.includes(option.value) }))
        : choices(options, textOf(value) ?? ''),
  };
}

function conditionsOf(group: JsonObject): readonly unknown[] {
  return Array.isArray(group.conditions) ? group.conditions : [];
}

function readJson(text: string): JsonObject {
  try {
    return objectOf(parseJson(text)) ?? {};
  } catch {
    return {};
  }
}
