/** What is written down of an import: its row in the history, and what the next import compares with. Pure. */
import { answersIn } from './answers.ts';
import type { PackagePlan } from './import.ts';
import { own } from './reading.ts';
import type { Remark } from './record-type.ts';
import type { ImportEntry, ImportedRecord, ImportMemory } from './store.ts';

export function importEntryOf(
  plan: PackagePlan,
  { id, askedBy, now }: { id: string; askedBy: string; now: number },
): ImportEntry {
  const records = plan.records.map(
    (record): ImportedRecord => ({
      context: record.type.context,
      uid: record.item.uid,
      id: record.id,
      label: record.label,
      action: record.action,
    }),
  );
  const additions = plan.additions.flatMap((change) =>
    change.uids.map((uid): ImportedRecord => {
      const { type, id: behaviorId, label, action } = change;
      return { context: type.context, uid, id: behaviorId, label, action, isAddition: true };
    }),
  );
  const dropped = plan.dropped.map((record): ImportedRecord => ({ ...record, action: 'dropped' }));
  return {
    id,
    packageName: plan.name,
    revision: plan.revision,
    mode: plan.mode,
    askedBy,
    records: [...records, ...additions, ...dropped],
    warnings: [...plan.warnings, ...plan.unsupported.map(leftOut)],
    createdAt: now,
    undone: null,
  };
}

/** Secrets are not among it: their answers are left out, and of what was written only marks are kept. */
export function importMemoryOf(plan: PackagePlan): ImportMemory {
  const asked = new Set(plan.prompts.map(({ key }) => key));
  const answers = plan.prompts.flatMap(
    ({ key, secret, problem, isMultiple }): [string, string | string[]][] => {
      const given = answersIn(own(plan.values, key));
      if (secret || problem !== undefined || given.length === 0 || plan.open.includes(key)) return [];
      return [[key, isMultiple ? given : (given[0] ?? '')]];
    },
  );
  const made = Object.entries(plan.values).flatMap(([key, value]): [string, string][] =>
    asked.has(key) || typeof value !== 'string' ? [] : [[key, value]],
  );
  const written = plan.records.map((record) => [record.item.uid, record.written] as const);
  const added = plan.additions.flatMap(({ uids }) => uids.map((uid) => [uid, {}] as const));
  return {
    written: { ...plan.memory?.written, ...Object.fromEntries([...written, ...added]) },
    answers: Object.fromEntries(answers),
    made: Object.fromEntries(made),
  };
}

function leftOut({ path, message }: Remark): Remark {
  return { path, message: `Left out: ${message}` };
}
