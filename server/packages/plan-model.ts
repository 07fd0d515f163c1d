/** What a plan would do, as the pages show it. Pure. */
import { writeJson } from '../json.ts';
import type { Change } from './changes.ts';
import type { PackagePlan } from './import.ts';

/** One field that would change; `name` is that of the box which takes the package's value over a local edit. */
interface FieldModel {
  path: string;
  from: string;
  to: string;
  isLocalEdit: boolean;
  name: string;
  isTaken: boolean;
}

const longest = 400;

const words = {
  create: 'create',
  update: 'update',
  unchanged: 'stays as it is',
  keep: 'keeps what was changed here',
} as const;

/** Records with what happens to each, what cannot be done, and where secrets go. */
export function planModel(plan: PackagePlan): Record<string, unknown> {
  const records = [
    ...plan.records.map(({ type, label, action, changes, item }) => ({
      type: type.one,
      label,
      action: words[action],
      fields: changes.map((change) => fieldModel(change, item.uid)),
    })),
    ...plan.additions.map(({ type, label, action, changes, uids }) => ({
      type: type.one,
      label,
      action: words[action],
      fields: changes.map((change) => fieldModel(change, uids[0] ?? '')),
    })),
  ];
  return {
    name: plan.name,
    isUpdate: plan.mode === 'update',
    records,
    changed: records.filter(({ fields }) => fields.length > 0),
    dropped: plan.dropped.map(({ label }) => label),
    hosts: plan.hosts.filter(({ receives }) => receives.length > 0),
    warnings: plan.warnings,
    unsupported: plan.unsupported,
  };
}

function fieldModel({ path, from, to, isSecret, isLocalEdit, isTaken }: Change, uid: string): FieldModel {
  return {
    path,
    from: isSecret ? 'a secret' : shown(from),
    to: isSecret ? 'another secret' : shown(to),
    isLocalEdit,
    name: `${uid}${path}`,
    isTaken,
  };
}

function shown(value: unknown): string {
  if (value === null) return 'nothing';
  const text = typeof value === 'string' ? value : writeJson(value);
  return text.length > longest ? `${text.slice(0, longest)}…` : text;
}
