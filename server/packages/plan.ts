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
import { addNodes, type NodeAddition, placedReading, readAddition } from './node-additions.ts';
import {
  leaveOutDependents,
  mergeHosts,
  orderByReference,
  type PlannedRecord,
  readFields,
  secretHosts,
  sharedNames,
} from './planned-record.ts';
import { type JsonObject, own, textOf } from './reading.ts';
import type { RecordType, Remark } from './record-type.ts';
import { isExcluded, pathsUsing, renderItem, type TemplateScope } from './rendering.ts';
import { runAtOnce } from './turns.ts';

export interface PlanInput {
  package: ParsedPackage;
  answers: Answers;
  recordTypes: readonly RecordType[];
  /** Leave out what cannot be stored instead of only listing it. */
  skipUnsupported: boolean;
  /** Records that are here already, by uid: they keep their ids. */
  known?: ReadonlyMap<string, { context: string; id: string }>;
  /** Values of random placeholders that were made up before. */
  made?: Readonly<Record<string, string>>;
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
  /** Nodes for behaviors that the package does not bring. */
  additions: NodeAddition[];
  faults: Remark[];
  warnings: Remark[];
  unsupported: Remark[];
  /** Host -> names of the secrets sent there. */
  hosts: { host: string; receives: string[] }[];
  /** Pointers of texts that wait for an answer. */
  pending: string[];
  /** Keys of prompts that were stood in for. */
  open: string[];
  /** What templates saw, by key. */
  values: Readonly<Record<string, AnswerValue>>;
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
  return runAtOnce(planInSteps(input));
}

/** As buildPlan, record by record, so that others may run in between. */
export function* planInSteps(input: PlanInput): Generator<void, Plan> {
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

  const isKept = (item: PackageItem) => !isExcluded(item, values, found);
  const kept = parsed.items.filter(isKept);
  const keptNodes = parsed.nodes.filter(isKept);
  const typed = kept.flatMap((item) => findType(item, input, found));
  const ids = new Map(typed.map(({ item, id }) => [item.uid, id]));
  const pending = usable.flatMap(({ key, problem }) =>
    problem ? [...kept, ...keptNodes].flatMap((item) => pathsUsing(item, key)) : [],
  );
  const counts = (remark: Remark) => !isPending(pending, remark.path);
  const scope = { values, ids };
  const additions = keptNodes.map((item) => renderAddition(item, scope, recordTypes, found));
  const records: PlannedRecord[] = [];
  for (const { item, type, id } of typed) {
    yield;
    const rendered = renderItem(item, scope, type.isBotTemplate);
    const botId = item.botUid === undefined ? undefined : ids.get(item.botUid);
    const inside = additions.filter(({ behavior }) => behavior === id || behavior === item.uid);
    const added = addNodes(rendered.fields.nodes, inside);
    const fields: JsonObject = {
      ...rendered.fields,
      ...(botId === undefined ? {} : { bot_id: botId }),
      ...(inside.length === 0 ? {} : { nodes: added.nodes }),
    };
    const { reading: read, isLeftOut } = readFields(type, fields, item.path, input.skipUnsupported);
    const reading = placedReading(read, item.path, added.placed);
    const faults = [...rendered.faults, ...added.faults, ...(isLeftOut ? [] : reading.faults)];
    found.faults.push(...faults.filter(counts));
    found.unsupported.push(...reading.unsupported.filter(counts));
    found.warnings.push(...rendered.warnings, ...reading.warnings.filter(counts));
    if (isLeftOut) continue;
    const hosts = reading.hosts.map((entry) => ({ ...entry, host: unmarkAnswers(entry.host, prompts) }));
    const label = unmarkAnswers(reading.label, prompts);
    const uri = textOf(fields.uri);
    records.push({ item, id, type, label, uri, fields, reading: { ...reading, hosts } });
  }
  found.faults.push(...sharedNames(records).filter(counts));
  const isEmpty = records.length === 0 && additions.length === 0;
  if (isEmpty && found.unsupported.length === 0 && found.faults.length === 0) {
    found.faults.push({ path: '', message: 'Nothing would be created by this package.' });
  }
  const remaining = leaveOutDependents(records, typed, found.warnings);
  return {
    prompts: usable.map((prompt) => ({
      ...prompt,
      hosts: prompt.secret ? secretHosts(prompt.key, records) : [],
    })),
    records: orderByReference(remaining),
    additions: additions.filter(
      ({ behavior }) => !typed.some(({ id, item }) => behavior === id || behavior === item.uid),
    ),
    ...found,
    hosts: mergeHosts(remaining),
    pending,
    open: usable.flatMap(({ key, problem }) => (problem === undefined ? [] : [key])),
    values,
  };
}

/** Whether what is said of this place depends on an answer that is not given yet. */
export function isPending(pending: readonly string[], path: string): boolean {
  return pending.some((other) => isWithin(path, other) || isWithin(other, path));
}

function isWithin(path: string, outer: string): boolean {
  return path === outer || path.startsWith(`${outer}/`);
}

function renderAddition(
  item: PackageItem,
  scope: TemplateScope,
  recordTypes: readonly RecordType[],
  found: { faults: Remark[]; warnings: Remark[] },
): NodeAddition {
  const type = findRecordType(recordTypes, item.context);
  const rendered = renderItem(item, scope, (keys) => type?.isBotTemplate(['nodes', 0, ...keys]) ?? false);
  found.faults.push(...rendered.faults);
  found.warnings.push(...rendered.warnings);
  return readAddition(item, rendered.fields);
}

function valuesOf(
  { package: parsed, answers, made = {}, randomBytes }: PlanInput,
  prompts: readonly AnsweredPrompt[],
  usable: readonly AnsweredPrompt[],
): Record<string, AnswerValue> {
  const answered = prompts.flatMap((prompt, index): [string, AnswerValue][] => {
    if (!usable.includes(prompt)) return [];
    const { key, problem } = prompt;
    return [[key, problem ? standInFor(prompt, index) : answerValue(prompt, own(answers, key))]];
  });
  const random = parsed.placeholders.map((one): [string, string] => {
    const earlier = own(made, one.key);
    const fits = typeof earlier === 'string' && earlier.length === one.length;
    return [one.key, fits ? earlier : makeRandom(one, randomBytes)];
  });
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
  { recordTypes, known, newId }: PlanInput,
  found: { faults: Remark[]; unsupported: Remark[] },
): TypedItem[] {
  const type = findRecordType(recordTypes, item.context);
  const earlier = known?.get(item.uid);
  if (type) return [{ item, type, id: earlier?.context === type.context ? earlier.id : newId() }];
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
