/** Nodes for behaviors that are here already: which behaviors change, and how. */
import type { Knex } from 'knex';
import type { Change } from './changes.ts';
import { addNodes, atAdditions, type NodeAddition } from './node-additions.ts';
import { findRecordType } from './plan.ts';
import type { RecordType, Remark } from './record-type.ts';
import { findRecordByUid, type ImportMemory } from './store.ts';

/** A record that is here and is changed by what the package adds to it. */
export interface PlannedChange {
  type: RecordType;
  id: string;
  label: string;
  /** Uids of what is added. */
  uids: string[];
  /** 'unchanged' when an earlier import added all of it. */
  action: 'update' | 'unchanged';
  changes: Change[];
  revised?: { value: unknown; version: number };
}

interface Lookups {
  db: Knex;
  recordTypes: readonly RecordType[];
  memory: ImportMemory | undefined;
}

/** Finds each behavior by id, uri, or the uid that an earlier import gave it, and reads it with its further nodes. */
export async function compareAdditions(
  { db, recordTypes, memory }: Lookups,
  additions: readonly NodeAddition[],
  found: { faults: Remark[]; warnings: Remark[]; unsupported: Remark[] },
): Promise<PlannedChange[]> {
  const type = findRecordType(recordTypes, 'behavior');
  if (!type) return [];
  const byBehavior = new Map<string, NodeAddition[]>();
  for (const addition of additions) {
    const id = await findId(db, type, addition.behavior);
    if (id !== undefined) byBehavior.set(id, [...(byBehavior.get(id) ?? []), addition]);
    else {
      const message = `'${addition.item.uid}' is for the behavior '${addition.behavior}', which is not here.`;
      found.faults.push({ path: `${addition.item.path}/behavior_id`, message });
    }
  }
  const changes: PlannedChange[] = [];
  for (const [id, all] of byBehavior) {
    const stored = await type.describe(db, id);
    if (!stored) continue;
    const uids = all.map(({ item }) => item.uid);
    const fresh = all.filter(({ item }) => memory?.written[item.uid] === undefined);
    const change = { type, id, label: stored.label, uids };
    if (fresh.length === 0) {
      changes.push({ ...change, action: 'unchanged', changes: [] });
      continue;
    }
    const { nodes, placed, faults } = addNodes(stored.fields.nodes, fresh);
    const reading = await type.revise(db, id, { ...stored.fields, nodes }, '');
    found.faults.push(...faults, ...atAdditions(reading.faults, '', placed));
    found.warnings.push(...atAdditions(reading.warnings, '', placed).filter(isOfPackage));
    const nodesChange = {
      path: '/nodes',
      from: stored.fields.nodes ?? [],
      to: nodes,
      isSecret: false,
      isLocalEdit: false,
      isTaken: true,
    };
    const revised = { value: reading.value, version: stored.version };
    changes.push({ ...change, action: 'update', changes: [nodesChange], revised });
  }
  return changes;
}

/** What is said of nodes that were there before is no matter of the package. */
function isOfPackage({ path }: Remark): boolean {
  return path.startsWith('/behavior_nodes/');
}

async function findId(db: Knex, type: RecordType, name: string): Promise<string | undefined> {
  if (name === '') return undefined;
  const found = await type.find(db, name);
  if (found) return found.id;
  const id = await findRecordByUid(db, type.context, name);
  return id === undefined ? undefined : (await type.find(db, id))?.id;
}
