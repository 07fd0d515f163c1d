/** What an import would do, before anything is written. Pure: ids and randomness are handed in. */
import {
  type AnsweredPrompt,
  type Answers,
  type AnswerValue,
  answerPrompts,
  answerValue,
  makeRandom,
  standInFor,
  unmarkAnswers,
} from './answers.ts';
import { isForeignContext } from './foreign-contexts.ts';
import type { PackageItem, ParsedPackage } from './grammar.ts';
import {
  leaveOutDependents,
  mergeHosts,
  orderByReference,
  type PlannedRecord,
  readFields,
  secretHosts,
  sharedUris,
} from './planned-record.ts';
import { own, textOf } from './reading.ts';
import type { RecordType, Remark } from './record-type.ts';
import { isExcluded, pathsUsing, renderItem } from './rendering.ts';

export interface PlanInput {
  package: ParsedPackage;
  answers: Answers;
  recordTypes: readonly RecordType[];
  /** Leave out what cannot be stored instead of only listing it. */
  skipUnsupported: boolean;
  newId(): string;
  randomBytes(size: number): Uint8Array;
}

export interface PlannedPrompt extends AnsweredPrompt {
  /** Of a secret: the hosts that will receive it, as far as the package says. */
  hosts: string[];
}

export interface Plan {
  prompts: PlannedPrompt[];
  /** In the order in which they can be inserted. */
  records: PlannedRecord[];
  faults: Remark[];
  warnings: Remark[];
  unsupported: Remark[];
  /** Host -> names of the secrets sent there. */
  hosts: { host: string; receives: string[] }[];
  /** Pointers of texts that wait for an answer. */
  pending: string[];
}

/** A record type and its item, found by one of the type's names. */
interface TypedItem {
  item: PackageItem;
  type: RecordType;
  id: string;
}

/**
 * Plans an import. Prompts without an answer are marked and stood in for; what is then wrong with a text that uses
 * them is not held against the package.
 */
export function buildPlan(input: PlanInput): Plan {
  const { package: parsed, recordTypes } = input;
  const found = {
    faults: [] as Remark[],
    warnings: [...parsed.warnings],
    unsupported: [...parsed.unsupported],
  };
  const prompts = answerPrompts(parsed.prompts, input.answers);
  const usable = prompts.filter((prompt) => isAnswerable(prompt, recordTypes, found.unsupported));
  const values = valuesOf(input, prompts, usable);
  noteUnusedAnswers(input, found.warnings);

  const kept = parsed.items.filter((item) => !isExcluded(item, values, found));
  const typed = kept.flatMap((item) => findType(item, input, found));
  const ids = new Map(typed.map(({ item, id }) => [item.uid, id]));
  const pending = usable.flatMap(({ key, problem }) =>
    problem ? kept.flatMap((item) => pathsUsing(item, key)) : [],
  );
  const counts = (remark: Remark) => !isPending(pending, remark.path);
  const records = typed.flatMap(({ item, type, id }): PlannedRecord[] => {
    const rendered = renderItem(item, { values, ids }, type.isBotTemplate);
    const botId = item.botUid === undefined ? undefined : ids.get(item.botUid);
    const fields = botId === undefined ? rendered.fields : { ...rendered.fields, bot_id: botId };
    const { reading, isLeftOut } = readFields(type, fields, item.path, input.skipUnsupported);
    found.faults.push(...[...rendered.faults, ...(isLeftOut ? [] : reading.faults)].filter(counts));
    found.unsupported.push(...reading.unsupported.filter(counts));
    found.warnings.push(...rendered.warnings, ...reading.warnings.filter(counts));
    if (isLeftOut) return [];
    const hosts = reading.hosts.map((entry) => ({ ...entry, host: unmarkAnswers(entry.host, prompts) }));
    const label = unmarkAnswers(reading.label, prompts);
    return [{ item, id, type, label, uri: textOf(fields.uri), reading: { ...reading, hosts } }];
  });
  found.faults.push(...sharedUris(records).filter(counts));
  if (records.length === 0 && found.unsupported.length === 0 && found.faults.length === 0) {
    found.faults.push({ path: '', message: 'Nothing would be created by this package.' });
  }
  const remaining = leaveOutDependents(records, typed, found.warnings);
  return {
    prompts: usable.map((prompt) => ({
      ...prompt,
      hosts: prompt.secret ? secretHosts(prompt.key, records) : [],
    })),
    records: orderByReference(remaining),
    ...found,
    hosts: mergeHosts(remaining),
    pending,
  };
}

/** Whether what is said of this place depends on an answer that is not given yet. */
export function isPending(pending: readonly string[], path: string): boolean {
  return pending.some((other) => isWithin(path, other) || isWithin(other, path));
}

function isWithin(path: string, outer: string): boolean {
  return path === outer || path.startsWith(`${outer}/`);
}

function valuesOf(
  { package: parsed, answers, randomBytes }: PlanInput,
  prompts: readonly AnsweredPrompt[],
  usable: readonly AnsweredPrompt[],
): Record<string, AnswerValue> {
  const answered = prompts.flatMap((prompt, index): [string, AnswerValue][] => {
    if (!usable.includes(prompt)) return [];
    const { key, problem } = prompt;
    return [[key, problem ? standInFor(prompt, index) : answerValue(prompt, own(answers, key))]];
  });
  const random = parsed.placeholders.map((one): [string, string] => [one.key, makeRandom(one, randomBytes)]);
  return Object.fromEntries([...answered, ...random]);
}

/** A chooser among records of a type that is not kept here can never be answered. */
function isAnswerable(
  prompt: AnsweredPrompt,
  recordTypes: readonly RecordType[],
  unsupported: Remark[],
): boolean {
  if (prompt.type !== 'chooser' || findRecordType(recordTypes, String(prompt.params.context))) return true;
  const message = `'${prompt.label}' asks for a record of the type '${String(prompt.params.context)}', which is not kept here.`;
  unsupported.push({ path: prompt.path, message });
  return false;
}

function noteUnusedAnswers({ package: parsed, answers }: PlanInput, warnings: Remark[]): void {
  const keys = new Set(parsed.prompts.map((prompt) => prompt.key));
  for (const key of Object.keys(answers)) {
    if (keys.has(key)) continue;
    const message = `No prompt is called '${key}'; that answer is not used.`;
    warnings.push({ path: '/package/configure/prompts', message });
  }
}

/** The record type with this full id or other name, whatever the case. */
export function findRecordType(types: readonly RecordType[], context: string): RecordType | undefined {
  const name = context.toLowerCase();
  return types.find((type) => type.context === name || type.aliases.includes(name));
}

function findType(
  item: PackageItem,
  { recordTypes, newId }: PlanInput,
  found: { faults: Remark[]; unsupported: Remark[] },
): TypedItem[] {
  const type = findRecordType(recordTypes, item.context);
  if (type) return [{ item, type, id: newId() }];
  const path = item.path.startsWith('/records') ? `${item.path}/_context` : item.path;
  if (isForeignContext(item.context)) {
    const message = `'${item.uid}' is a record of the type '${item.context}', which cannot be stored here.`;
    found.unsupported.push({ path, message });
  } else {
    const message = `'${item.uid}' has the unknown context '${item.context}'.`;
    found.faults.push({ path, message });
  }
  return [];
}
