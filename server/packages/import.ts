/** Importing a package: read, plan, look at what is stored, write all of it or nothing. */
import type { Knex } from 'knex';
import type { Config } from '../config.ts';
import { inTransaction, isDuplicate } from '../db/transaction.ts';
import { HubError } from '../errors.ts';
import { tellHappening } from '../happenings.ts';
import { type Actor, isAdmin } from '../people/actor.ts';
import type { Vault } from '../vault.ts';
import { type Answers, type AnswerValue, answersIn } from './answers.ts';
import { type ComparedPlan, compareWithStored } from './compare.ts';
import { importEntryOf, importMemoryOf } from './entry.ts';
import { type ParsedPackage, parsePackage } from './grammar.ts';
import { type PackageSource, readPackageText } from './package-text.ts';
import { findRecordType, planInSteps } from './plan.ts';
import { own } from './reading.ts';
import type { RecordType } from './record-type.ts';
import { packageInvalid, refuseRepeated, refuseUnanswered, refuseUnsupported } from './refusals.ts';
import { isNeeded } from './rendering.ts';
import { giveToGroup, ownedByRoles, type RoleGroup } from './roles.ts';
import {
  findImportByName,
  findMemory,
  type ImportEntry,
  type ImportedRecord,
  type ImportMemory,
  insertImport,
} from './store.ts';
import { runInTurns, takeTurns } from './turns.ts';

export interface ImportDeps {
  db: Knex;
  vault: Vault;
  recordTypes: readonly RecordType[];
  config: Pick<Config, 'maxPackageBytes'>;
  /** Groups to which what a role owns can be given. */
  groups(): Promise<RoleGroup[]>;
  now(): number;
  newId(): string;
  randomBytes(size: number): Uint8Array;
}

export interface ImportRequest {
  actor: Actor;
  package: PackageSource;
  prompts: Answers;
  /** 'skip' leaves out what cannot be stored; 'refuse', the default, stops the import. */
  unsupported?: 'refuse' | 'skip' | undefined;
  /** What to do when a package of this name was imported before: without it the import is refused. */
  mode?: 'new' | 'update' | undefined;
  /** With mode 'update': local edits that the package's values replace, as `UID` or `UID/POINTER`. */
  overwrite?: readonly string[] | undefined;
  /** Id or name of the group that shall own what the package gives to a role of Cerb. */
  roleGroup?: string | undefined;
}

export interface PackagePlan extends ComparedPlan {
  name: string;
  revision: string | null;
  mode: 'new' | 'update';
  /** The latest import of a package of the same name. */
  earlier: ImportEntry | undefined;
  /** What the import that is updated remembers. */
  memory: ImportMemory | undefined;
  /** Records of the import that is updated which the package no longer has; they are left alone. */
  dropped: ImportedRecord[];
  /** Uids of records that the package gives to a role. */
  ownedByRoles: string[];
}

/**
 * What an import would do, with missing answers marked. Throws `too_large`, `bad_request` for an unknown group,
 * `conflict` when there is nothing to update, and `package_invalid` with every fault found in the package and in what is stored.
 */
export async function planPackage(deps: ImportDeps, request: ImportRequest): Promise<PackagePlan> {
  if (!isAdmin(request.actor)) throw new HubError('forbidden', 'Only admins import packages.');
  const read = readPackage(deps, request);
  const group = await findRoleGroup(deps, request);
  const parsed = group ? giveToGroup(read, group) : read;
  const earlier = await findImportByName(deps.db, parsed.name);
  if (request.mode === 'update') refuseRepeated(parsed.name, earlier, request.mode);
  const updated = request.mode === 'update' ? earlier : undefined;
  const memory = updated && (await findMemory(deps, updated.id));
  const known = await recordsHere(deps, updated);
  const steps = planInSteps({
    package: parsed,
    answers: await knownAnswers(deps, parsed, { ...memory?.answers, ...request.prompts }),
    recordTypes: deps.recordTypes,
    skipUnsupported: request.unsupported === 'skip',
    known,
    made: memory?.made ?? {},
    newId: deps.newId,
    randomBytes: deps.randomBytes,
  });
  const planned = await runInTurns(steps);
  const ids = new Set([...known.values()].map(({ id }) => id));
  const comparison = { ...deps, memory, known: ids, overwrite: request.overwrite ?? [] };
  const plan = await compareWithStored(comparison, planned);
  if (plan.faults.length > 0) throw packageInvalid(request.package, plan.faults);
  const uids = new Set([...parsed.items, ...parsed.nodes].map(({ uid }) => uid));
  return {
    ...(updated ? withoutNeedless(plan, parsed) : plan),
    name: parsed.name,
    revision: parsed.revision,
    mode: updated ? 'update' : 'new',
    earlier,
    memory,
    dropped: [...known.values()].filter(({ uid }) => !uids.has(uid)),
    ownedByRoles: ownedByRoles(read),
  };
}

/**
 * Imports a package in one transaction. Throws, beside what planPackage throws, `package_unsupported`,
 * `already_imported`, `prompts_missing`, `conflict`.
 */
export async function importPackage(deps: ImportDeps, request: ImportRequest): Promise<ImportEntry> {
  const plan = await planPackage(deps, request);
  refuseUnsupported(plan, request.unsupported);
  refuseRepeated(plan.name, plan.earlier, request.mode);
  refuseUnanswered(plan.name, plan.prompts);
  const entry = importEntryOf(plan, { id: deps.newId(), askedBy: request.actor.name, now: deps.now() });
  await writeImport(deps, plan, entry, request);
  return entry;
}

async function writeImport(
  deps: ImportDeps,
  plan: PackagePlan,
  entry: ImportEntry,
  { actor, mode }: ImportRequest,
): Promise<void> {
  try {
    await inTransaction(deps.db, async (db) => {
      const earlier = await findImportByName(db, plan.name);
      refuseRepeated(plan.name, earlier, mode);
      if (mode === 'update' && earlier?.id !== plan.earlier?.id) throw changedMeanwhile(plan.name);
      const turn = takeTurns();
      for (const { type, id, label, action, reading, revised } of plan.records) {
        await turn();
        if (action === 'create') await type.insert(db, id, reading.value, actor);
        else if (revised && !(await type.update(db, id, revised.value, actor, revised.version)))
          throw changedMeanwhile(label);
      }
      for (const { type, id, label, revised } of plan.additions) {
        if (revised && !(await type.update(db, id, revised.value, actor, revised.version)))
          throw changedMeanwhile(label);
      }
      await insertImport({ ...deps, db }, entry, importMemoryOf(plan), earlier === undefined);
      const subject = { id: entry.id, label: plan.name };
      const data = { mode: plan.mode, asked_by: actor.name };
      await tellHappening(db, { kind: 'package.imported', at: deps.now(), subject, data });
    });
  } catch (error) {
    if (!isDuplicate(error)) throw error;
    const message = 'Something this package brings was taken by someone else meanwhile. Import it again.';
    throw new HubError('conflict', message, { cause: error });
  }
}

function readPackage({ config }: ImportDeps, { package: source, unsupported }: ImportRequest): ParsedPackage {
  const text = readPackageText(source, config.maxPackageBytes);
  if (!text.ok) throw packageInvalid(source, text.faults);
  const parsed = parsePackage(text.value, { skips: unsupported === 'skip' });
  if (!parsed.ok) throw packageInvalid(source, parsed.faults);
  return parsed.package;
}

async function findRoleGroup(
  { groups }: ImportDeps,
  { roleGroup }: ImportRequest,
): Promise<RoleGroup | undefined> {
  if (roleGroup === undefined || roleGroup === '') return undefined;
  const found = (await groups()).filter(({ id, name }) => id === roleGroup || name === roleGroup);
  if (found.length === 1) return found[0];
  const problem = found.length === 0 ? 'There is no group' : 'There are several groups';
  throw new HubError(
    'bad_request',
    `${problem} '${roleGroup}'; name the group for what roles own by its id.`,
  );
}

/** Of the import that is updated the records that are still here, by uid. */
async function recordsHere(
  { db, recordTypes }: ImportDeps,
  updated: ImportEntry | undefined,
): Promise<Map<string, ImportedRecord>> {
  const here = new Map<string, ImportedRecord>();
  for (const record of updated?.records ?? []) {
    if (record.isAddition) continue;
    if (await findRecordType(recordTypes, record.context)?.find(db, record.id)) here.set(record.uid, record);
  }
  return here;
}

/** The answers without choices of records that are not here, which count as not given. */
async function knownAnswers(deps: ImportDeps, parsed: ParsedPackage, answers: Answers): Promise<Answers> {
  const known: Record<string, AnswerValue> = { ...answers };
  for (const { key, type, params } of parsed.prompts) {
    if (type !== 'chooser') continue;
    const recordType = findRecordType(deps.recordTypes, String(params.context));
    const here: string[] = [];
    for (const id of answersIn(own(answers, key))) if (await recordType?.find(deps.db, id)) here.push(id);
    known[key] = here;
  }
  return known;
}

/** An update asks only for what it needs: where a record is here already, the places without an answer stay. */
function withoutNeedless(plan: ComparedPlan, parsed: ParsedPackage): ComparedPlan {
  const here = new Set(plan.records.filter(({ action }) => action !== 'create').map(({ item }) => item.uid));
  const warnings = [...plan.warnings];
  const prompts = plan.prompts.map((prompt) => {
    if (prompt.problem === undefined) return prompt;
    const items = [...parsed.items, ...parsed.nodes];
    if (items.some((item) => isNeeded(item, prompt.key, here.has(item.uid)))) return prompt;
    const message = `'${prompt.label}' (${prompt.key}) was not answered: what it fills stays as it is.`;
    warnings.push({ path: prompt.path, message });
    return { ...prompt, problem: undefined };
  });
  return { ...plan, prompts, warnings };
}

function changedMeanwhile(label: string): HubError {
  return new HubError('conflict', `'${label}' was changed meanwhile. Look at the plan again, then update.`);
}
