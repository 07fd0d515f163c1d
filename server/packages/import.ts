/** Importing a package: read, plan, look at what is stored, write all of it or nothing. */
import type { Knex } from 'knex';
import type { Config } from '../config.ts';
import { inTransaction, isDuplicate } from '../db/transaction.ts';
import { HubError } from '../errors.ts';
import { type Actor, isAdmin } from '../people/actor.ts';
import { type Answers, type AnswerValue, answersIn } from './answers.ts';
import { type ParsedPackage, parsePackage } from './grammar.ts';
import { locateFaults, type PackageFault, type PackageSource, readPackageText } from './package-text.ts';
import { buildPlan, findRecordType, isPending, type Plan } from './plan.ts';
import type { PlannedRecord } from './planned-record.ts';
import { own } from './reading.ts';
import type { PlannedFacts, RecordType, Remark } from './record-type.ts';
import { findImportByName, type ImportEntry, insertImport } from './store.ts';

export interface ImportDeps {
  db: Knex;
  recordTypes: readonly RecordType[];
  config: Pick<Config, 'maxPackageBytes'>;
  now(): number;
  newId(): string;
  randomBytes(size: number): Uint8Array;
}

export interface PlanRequest {
  actor: Actor;
  package: PackageSource;
  prompts: Answers;
  /** 'skip' leaves out what cannot be stored; 'refuse', the default, stops the import. */
  unsupported?: 'refuse' | 'skip';
}

export interface ImportRequest extends PlanRequest {
  /** What to do when a package of this name was imported before: without it the import is refused. */
  mode?: 'new' | 'update';
}

export interface PackagePlan extends Plan {
  name: string;
  revision: string | null;
  /** The latest import of a package of the same name. */
  earlier: ImportEntry | undefined;
}

/**
 * What an import would do, with missing answers marked. Throws `too_large`, and `package_invalid` with every fault
 * found in the package and in what is stored.
 */
export async function planPackage(deps: ImportDeps, request: PlanRequest): Promise<PackagePlan> {
  if (!isAdmin(request.actor)) throw new HubError('forbidden', 'Only admins import packages.');
  const parsed = readPackage(deps, request.package);
  const planned = buildPlan({
    package: parsed,
    answers: await knownAnswers(deps, parsed, request.prompts),
    recordTypes: deps.recordTypes,
    skipUnsupported: request.unsupported === 'skip',
    newId: deps.newId,
    randomBytes: deps.randomBytes,
  });
  const plan = await compareWithStored(deps, planned);
  if (plan.faults.length > 0) throw packageInvalid(request.package, plan.faults);
  return {
    ...plan,
    name: parsed.name,
    revision: parsed.revision,
    earlier: await findImportByName(deps.db, parsed.name),
  };
}

/**
 * Imports a package in one transaction. Throws, beside what planPackage throws, `package_unsupported`,
 * `already_imported`, `prompts_missing`, `conflict`.
 */
export async function importPackage(deps: ImportDeps, request: ImportRequest): Promise<ImportEntry> {
  if (request.mode === 'update') {
    const message = "Records made by an earlier import cannot be updated in place yet; choose mode 'new'.";
    throw new HubError('bad_request', message);
  }
  const plan = await planPackage(deps, request);
  refuseUnsupported(plan, request);
  refuseRepeated(plan.earlier, request);
  refuseUnanswered(plan);
  const entry: ImportEntry = {
    id: deps.newId(),
    packageName: plan.name,
    revision: plan.revision,
    askedBy: request.actor.name,
    records: plan.records.map(({ type, item, id, label }) => ({
      context: type.context,
      uid: item.uid,
      id,
      label,
    })),
    warnings: [...plan.warnings, ...plan.unsupported.map(leftOut)],
    createdAt: deps.now(),
  };
  await writeImport(deps, plan, entry, request);
  return entry;
}

async function writeImport(
  { db }: ImportDeps,
  plan: PackagePlan,
  entry: ImportEntry,
  request: ImportRequest,
): Promise<void> {
  try {
    await inTransaction(db, async (trx) => {
      const earlier = await findImportByName(trx, plan.name);
      refuseRepeated(earlier, request);
      for (const { type, id, reading } of plan.records) {
        await type.insert(trx, id, reading.value, request.actor);
      }
      await insertImport(trx, entry, earlier === undefined);
    });
  } catch (error) {
    if (!isDuplicate(error)) throw error;
    const message = 'Something this package brings was taken by someone else meanwhile. Import it again.';
    throw new HubError('conflict', message, { cause: error });
  }
}

function readPackage({ config }: ImportDeps, source: PackageSource): ParsedPackage {
  const text = readPackageText(source, config.maxPackageBytes);
  if (!text.ok) throw packageInvalid(source, text.faults);
  const parsed = parsePackage(text.value);
  if (!parsed.ok) throw packageInvalid(source, parsed.faults);
  return parsed.package;
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

/** Looks up what the package refers to, and what stands against each record. */
async function compareWithStored({ db, recordTypes }: ImportDeps, plan: Plan): Promise<Plan> {
  const made = new Map(plan.records.map((record) => [record.id, plannedFacts(record)]));
  const faults: Remark[] = [];
  const warnings: Remark[] = [];
  for (const { item, type, reading } of plan.records) {
    for (const { path, context, id } of reading.references) {
      if (made.has(id) || (await findRecordType(recordTypes, context)?.find(db, id))) continue;
      const message = `'${item.uid}' refers to '${id}', which is not here`;
      // A record cannot be stored without what its own fields name; what stands deeper is looked up when it is used.
      if (path.slice(item.path.length + 1).includes('/')) {
        if (!id.includes('{{{')) warnings.push({ path, message: `${message}; it will refuse to run.` });
      } else faults.push({ path, message: `${message}.` });
    }
    const remarks = await type.check(db, reading.value, item.path, (id) => made.get(id));
    faults.push(...remarks.faults);
    warnings.push(...remarks.warnings);
  }
  const counts = (remark: Remark) => !isPending(plan.pending, remark.path);
  return {
    ...plan,
    faults: [...plan.faults, ...faults.filter(counts)],
    warnings: [...plan.warnings, ...warnings.filter(counts)],
  };
}

function plannedFacts({ label, reading: { owner } }: PlannedRecord): PlannedFacts {
  return owner ? { label, owner } : { label };
}

function packageInvalid(source: PackageSource, faults: readonly PackageFault[]): HubError {
  const located = locateFaults(source, faults);
  const [first] = located;
  const place =
    first?.line === undefined ? (first?.path ?? '') : `line ${first.line}, column ${first.column}`;
  const more = located.length > 1 ? ` (and ${located.length - 1} more)` : '';
  const message = `The package has faults: ${first?.message ?? ''}${place && ` At ${place}.`}${more}`;
  return new HubError('package_invalid', message, { extra: { faults: located } });
}

function refuseUnsupported(plan: Plan, { unsupported }: PlanRequest): void {
  if (unsupported === 'skip' && plan.records.length > 0) return;
  if (plan.unsupported.length === 0) return;
  const message =
    plan.records.length === 0
      ? 'Nothing in this package can be stored here.'
      : `${plan.unsupported.length} of the things in this package cannot be stored here; choose to import the supported part, or cancel.`;
  throw new HubError('package_unsupported', message, { extra: { unsupported: plan.unsupported } });
}

function refuseRepeated(earlier: ImportEntry | undefined, { mode }: ImportRequest): void {
  if (!earlier || mode === 'new') return;
  throw new HubError(
    'already_imported',
    `'${earlier.packageName}' was imported before; import a new copy of it, or cancel.`,
    { extra: { import_id: earlier.id } },
  );
}

function refuseUnanswered(plan: PackagePlan): void {
  const missing = plan.prompts.filter(({ problem }) => problem !== undefined);
  if (missing.length === 0) return;
  const prompts = missing.map(({ key, type, label, params }) => ({ key, type, label, params }));
  const message = `The package '${plan.name}' asks: ${missing.map(({ problem }) => problem).join(' ')}`;
  throw new HubError('prompts_missing', message, { extra: { prompts } });
}

function leftOut({ path, message }: Remark): Remark {
  return { path, message: `Left out: ${message}` };
}
