/** Undoing an import: what it made goes, unless something else refers to it or it is a linked account. */
import type { Knex } from 'knex';
import { inTransaction } from '../db/transaction.ts';
import { HubError } from '../errors.ts';
import { type Actor, isAdmin } from '../people/actor.ts';
import { findRecordType } from './plan.ts';
import type { RecordType } from './record-type.ts';
import { findImport, type ImportEntry, type LeftRecord, noteUndone } from './store.ts';

export interface UndoDeps {
  db: Knex;
  recordTypes: readonly RecordType[];
  now(): number;
}

export interface UndoRequest {
  actor: Actor;
  importId: string;
  /** Linked accounts that go too, by id. */
  accounts: readonly string[];
}

/** A record that an import made, with its type. */
interface Made {
  type: RecordType;
  id: string;
  label: string;
}

export interface UndoPlan {
  entry: ImportEntry;
  /** In the order in which they can be deleted. */
  removed: Made[];
  left: LeftRecord[];
  /** Linked accounts that stay because they were not named. */
  guarded: Made[];
}

/** What undoing would remove and leave now. Throws `not_found`, `conflict` when nothing is left to undo. */
export async function planUndo(deps: UndoDeps, request: UndoRequest): Promise<UndoPlan> {
  if (!isAdmin(request.actor)) throw new HubError('forbidden', 'Only admins undo imports.');
  const entry = await findImport(deps.db, request.importId);
  if (!entry) throw new HubError('not_found', 'There is no such import.');
  if (entry.undone && entry.undone.left.length === 0) {
    throw new HubError('conflict', `The import of '${entry.packageName}' was undone already.`);
  }
  const made = await stillHere(deps, entry);
  const guarded: Made[] = [];
  for (const record of made) {
    const isGuarded = await record.type.isGuarded(deps.db, record.id);
    if (isGuarded && !request.accounts.includes(record.id)) guarded.push(record);
  }
  refuseUnknown(made, request.accounts);
  const left: LeftRecord[] = guarded.map(({ type, id, label }) => {
    const reason = 'It is linked: it goes only when it is named.';
    return { context: type.context, id, label, reason };
  });
  const going = new Map(made.filter((one) => !guarded.includes(one)).map((one) => [one.id, one]));
  for (let isSettled = false; !isSettled; ) {
    isSettled = true;
    for (const { type, id, label } of [...going.values()]) {
      const others = (await type.dependents(deps.db, id)).filter((one) => !going.has(one.id));
      if (others.length === 0) continue;
      going.delete(id);
      const names = others.map((one) => `'${one.label}'`).join(', ');
      left.push({ context: type.context, id, label, reason: `It is in use by ${names}.` });
      isSettled = false;
    }
  }
  return { entry, removed: [...going.values()].reverse(), left, guarded };
}

/** Removes in one transaction what planUndo says, and notes it in the history. */
export async function undoImport(deps: UndoDeps, request: UndoRequest): Promise<UndoPlan> {
  return inTransaction(deps.db, async (db) => {
    const plan = await planUndo({ ...deps, db }, request);
    for (const { type, id } of plan.removed) await type.remove(db, id);
    const undone = { at: deps.now(), by: request.actor.name, left: plan.left };
    await noteUndone(db, plan.entry.id, undone);
    return { ...plan, entry: { ...plan.entry, undone } };
  });
}

/** The records the import made that are still here, what is referred to first. */
async function stillHere({ db, recordTypes }: UndoDeps, entry: ImportEntry): Promise<Made[]> {
  const made: Made[] = [];
  for (const { context, id, action } of entry.records) {
    const type = findRecordType(recordTypes, context);
    const record = action === 'create' ? await type?.find(db, id) : undefined;
    if (type && record) made.push({ type, id, label: record.label });
  }
  return made;
}

function refuseUnknown(made: readonly Made[], accounts: readonly string[]): void {
  const unknown = accounts.filter((id) => !made.some((one) => one.id === id));
  if (unknown.length === 0) return;
  const message = `This import made no account with the id ${unknown.map((id) => `'${id}'`).join(', ')} that is still here.`;
  throw new HubError('bad_request', message);
}
