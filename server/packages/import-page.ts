/** One form, two pages: importing a pasted package and creating from the library. Asks, shows, imports. */
import { HubError } from '../errors.ts';
import type { PageAnswer, Visit, WorkerActor } from '../http/route.ts';
import type { Answers, AnswerValue } from './answers.ts';
import {
  type ImportDeps,
  type ImportRequest,
  importPackage,
  type PackagePlan,
  planPackage,
} from './import.ts';
import type { PackageFault } from './package-text.ts';
import { type Choices, faultExcerpt, faultLines, promptFields, roleField } from './page-models.ts';
import { findRecordType } from './plan.ts';
import { planModel } from './plan-model.ts';
import { textOf } from './reading.ts';

/** A page that shows the form; `model` is what it shows beside the form. */
export interface FormPage {
  view: string;
  model: { title: string } & Record<string, unknown>;
}

/** Shows a package's prompts and what it would do, before any button was pressed. */
export async function askPackage(
  deps: ImportDeps,
  page: FormPage,
  text: string,
  actor: WorkerActor,
): Promise<PageAnswer> {
  const request: ImportRequest = { actor, package: text, prompts: {} };
  const plan = await planPackage(deps, request);
  return show(page, 200, await formModel(deps, plan, request, { isAsked: false }));
}

/**
 * What a press of a button answers: the plan, the prompts to fill in, the choices to make, or the result. `step`
 * is the button: 'plan', 'import', and the consents 'supported' (leave out the rest), 'new' (a new copy) and 'update', which shows
 * first what it would change.
 */
export async function answerImport(
  deps: ImportDeps,
  visit: Visit,
  page: FormPage,
  text: string,
): Promise<PageAnswer> {
  const actor = workerOf(visit);
  const field = (name: string) => String(visit.form.get(name) ?? '');
  const step = field('step');
  const prompts = answersOf(visit.form);
  const skips = step === 'supported' || field('unsupported') === 'skip';
  const mode = modeOf(step === 'new' || step === 'update' ? step : field('mode'));
  const overwrite = visit.form.getAll('overwrite').map(String);
  const unsupported = skips ? 'skip' : 'refuse';
  const roleGroup = field('role_group');
  const request: ImportRequest = { actor, package: text, prompts, unsupported, mode, overwrite, roleGroup };
  const kept = { unsupported: skips, mode };
  const onlyShows = step === 'plan' || step === 'update';
  const isAsked = field('asked') === 'yes' && !onlyShows;
  try {
    if (!onlyShows) {
      const entry = await importPackage(deps, request);
      const notice = entry.mode === 'update' ? 'Updated.' : 'Imported.';
      return { redirect: `/setup/imports/${entry.id}`, notice };
    }
    const plan = await planPackage(deps, request);
    const model = await formModel(deps, plan, request, { isAsked });
    return show(page, 200, { ...model, ...kept, plan: planModel(plan) });
  } catch (error) {
    if (!(error instanceof HubError)) throw error;
    if (!['prompts_missing', 'already_imported', 'package_unsupported', 'conflict'].includes(error.code)) {
      return refused(page, error);
    }
    const plan = await planPackage(deps, request).catch(asRefusal);
    if (plan instanceof HubError) return refused(page, plan);
    const model = await formModel(deps, plan, request, { isAsked });
    const isQuestion = error.code === 'prompts_missing' && !isAsked;
    return show(page, isQuestion ? 200 : error.status, {
      ...model,
      ...kept,
      repeated: error.code === 'already_imported' ? { message: error.message, id: plan.earlier?.id } : null,
      refusedItems: error.code === 'package_unsupported' ? planModel(plan) : null,
      trouble: error.code === 'conflict' ? error.message : null,
      plan: mode === 'update' ? planModel(plan) : null,
    });
  }
}

function modeOf(text: string): ImportRequest['mode'] {
  return text === 'new' || text === 'update' ? text : undefined;
}

function asRefusal(error: unknown): HubError {
  if (error instanceof HubError) return error;
  throw error;
}

/** A page about a package that cannot be read: every fault in its place, and what can be taken off. */
export function refused(page: FormPage, error: HubError): PageAnswer {
  if (error.code === 'too_large') return show(page, error.status, { trouble: error.message, text: '' });
  if (error.code !== 'package_invalid') return show(page, error.status, { trouble: error.message });
  // importPackage and planPackage put faults of this shape into every package_invalid.
  const faults = (error.extra.faults ?? []) as PackageFault[];
  const canClean = faults.some(({ offer }) => offer === 'cleaned text');
  const canSkip = faults.every(({ offer }) => offer === 'supported part');
  const { text } = page.model;
  const excerpt = typeof text === 'string' ? faultExcerpt(text, faults) : undefined;
  return show(page, error.status, { faults: faultLines(faults), excerpt, canClean, canSkip });
}

/** The signed-in worker; pages with access 'admin' always have one. */
export function workerOf(visit: Visit): WorkerActor {
  if (!visit.worker) throw new HubError('unauthorized');
  return visit.worker;
}

function show(page: FormPage, status: number, model: Record<string, unknown>): PageAnswer {
  return { view: page.view, status, model: { ...page.model, ...model } };
}

async function formModel(
  deps: ImportDeps,
  plan: PackagePlan,
  { prompts, roleGroup }: ImportRequest,
  { isAsked }: { isAsked: boolean },
): Promise<Record<string, unknown>> {
  const choices = await choicesFor(deps, plan);
  return {
    asked: plan.prompts.length > 0,
    fields: promptFields(plan, { ...plan.memory?.answers, ...prompts }, choices, isAsked),
    hosts: plan.hosts.filter(({ receives }) => receives.length > 0),
    roles: plan.ownedByRoles.length > 0 ? roleField(await deps.groups(), roleGroup) : null,
  };
}

/** Records for every chooser: those its query names, or all when there are none. */
async function choicesFor({ db, recordTypes }: ImportDeps, plan: PackagePlan): Promise<Choices> {
  const choices = new Map<string, { id: string; label: string }[]>();
  for (const { type, key, params } of plan.prompts) {
    const recordType = type === 'chooser' ? findRecordType(recordTypes, String(params.context)) : undefined;
    if (!recordType) continue;
    const named = await recordType.list(db, textOf(params.query) ?? '');
    choices.set(key, named.length > 0 ? named : await recordType.list(db, ''));
  }
  return choices;
}

function answersOf(form: FormData): Answers {
  const names = [...new Set(form.keys())].filter((name) => name.startsWith('prompt.'));
  const answers = names.map((name): [string, AnswerValue] => {
    const given = form.getAll(name).filter((value): value is string => typeof value === 'string');
    return [name.slice('prompt.'.length), given.length === 1 ? (given[0] ?? '') : given];
  });
  return Object.fromEntries(answers);
}
