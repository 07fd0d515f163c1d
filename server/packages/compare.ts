/** A plan beside what is stored: what is missing, what is taken, and what an update would change. */
import type { Knex } from 'knex';
import { type Change, changesBetween, type Marks, marksAfter, withChanges } from './changes.ts';
import { compareAdditions, type PlannedChange } from './compare-additions.ts';
import { findRecordType, isPending, type Plan } from './plan.ts';
import type { PlannedRecord } from './planned-record.ts';
import type { PlannedFacts, RecordType, Remark } from './record-type.ts';
import type { ImportMemory, RecordAction } from './store.ts';
import { takeTurns } from './turns.ts';

/** A planned record with what the import does to what is stored. */
export interface ComparedRecord extends PlannedRecord {
  action: Exclude<RecordAction, 'dropped'>;
  changes: Change[];
  /** Marks of what this import writes, by pointer. */
  written: Marks;
  /** What to write over a record that is here, if that is still of the version that was compared. */
  revised?: { value: unknown; version: number };
}

export interface ComparedPlan extends Omit<Plan, 'records' | 'additions'> {
  records: ComparedRecord[];
  /** Behaviors that are here and get further nodes. */
  additions: PlannedChange[];
}

export interface Comparison {
  db: Knex;
  recordTypes: readonly RecordType[];
  /** Of the import that is updated. */
  memory: ImportMemory | undefined;
  /** Ids of records that are updated. */
  known: ReadonlySet<string>;
  /** Local edits that the package's values replace: `UID`, or `UID/POINTER` for one field. */
  overwrite: readonly string[];
}

interface Findings {
  faults: Remark[];
  warnings: Remark[];
  unsupported: Remark[];
}

/** Looks up what the package refers to, and what stands against each record. */
export async function compareWithStored(comparison: Comparison, plan: Plan): Promise<ComparedPlan> {
  const made = new Map(plan.records.map((record) => [record.id, plannedFacts(record)]));
  const planned = (id: string) => made.get(id);
  const found: Findings = { faults: [], warnings: [], unsupported: [] };
  const records: ComparedRecord[] = [];
  const turn = takeTurns();
  for (const record of plan.records) {
    await turn();
    await checkReferences(comparison, record, planned, found);
    const isHere = comparison.known.has(record.id);
    const compared = isHere ? await compareRecord(comparison, plan, record, found) : asNew(plan, record);
    records.push(compared);
    if (isHere && !compared.revised) continue;
    const value = compared.revised ? compared.revised.value : record.reading.value;
    const ownId = isHere ? record.id : undefined;
    const checked = await record.type.check(comparison.db, value, record.item.path, planned, ownId);
    found.faults.push(...checked.faults);
    found.warnings.push(...checked.warnings);
  }
  const additions = await compareAdditions(comparison, plan.additions, found);
  const counts = (remark: Remark) => !isPending(plan.pending, remark.path);
  return {
    ...plan,
    records,
    additions,
    faults: [...plan.faults, ...found.faults.filter(counts)],
    warnings: [...plan.warnings, ...found.warnings.filter(counts)],
    unsupported: [...plan.unsupported, ...found.unsupported.filter(counts)],
  };
}

function asNew({ pending }: Plan, record: PlannedRecord): ComparedRecord {
  const proposed = record.type.fieldsOf(record.reading.value);
  const isOpen = (path: string) => isPending(pending, record.item.path + path);
  return { ...record, action: 'create', changes: [], written: marksAfter(proposed, [], { isOpen }) };
}

/** A record that is here: what the package changes of it, local edits kept unless they are named. */
async function compareRecord(
  { db, memory, overwrite }: Comparison,
  { pending }: Plan,
  record: PlannedRecord,
  found: Findings,
): Promise<ComparedRecord> {
  const { item, type, id, reading, fields } = record;
  const stored = await type.describe(db, id);
  if (!stored) throw new Error(`${type.one} ${id} was here and is not`);
  const proposed = type.fieldsOf(reading.value);
  const written = memory?.written[item.uid];
  const isOpen = (path: string) => isPending(pending, item.path + path);
  const takes = (path: string) => overwrite.some((name) => `${item.uid}${path}/`.startsWith(`${name}/`));
  const changes = changesBetween(stored, proposed, { written, takes, isOpen });
  const compared = { ...record, changes, written: marksAfter(proposed, changes, { written, isOpen }) };
  if (changes.length === 0) return { ...compared, action: 'unchanged' };
  if (!changes.some(({ isTaken }) => isTaken)) return { ...compared, action: 'keep' };
  const revision = await type.revise(db, id, withChanges(stored.fields, changes, fields), item.path);
  found.faults.push(...revision.faults);
  found.unsupported.push(...revision.unsupported);
  return {
    ...compared,
    action: 'update',
    revised: { value: revision.value, version: stored.version },
  };
}

async function checkReferences(
  { db, recordTypes }: Comparison,
  { item, reading }: PlannedRecord,
  planned: (id: string) => PlannedFacts | undefined,
  found: Findings,
): Promise<void> {
  for (const { path, context, id, isNeeded } of reading.references) {
    const type = findRecordType(recordTypes, context);
    const facts = planned(id);
    if (facts ? facts.context === type?.context : await type?.find(db, id)) continue;
    const message = facts
      ? `'${item.uid}' refers to '${facts.label}', which is no ${type?.one ?? context}`
      : `'${item.uid}' refers to '${id}', which is not here`;
    const isDeep = path.slice(item.path.length + 1).includes('/');
    if (isNeeded || !isDeep) found.faults.push({ path, message: `${message}.` });
    else if (!id.includes('{{{'))
      found.warnings.push({ path, message: `${message}; it will refuse to run.` });
  }
}

function plannedFacts({ type: { context }, label, reading: { owner, value } }: PlannedRecord): PlannedFacts {
  return { context, label, value, ...(owner ? { owner } : {}) };
}
