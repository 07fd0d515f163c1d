/** Packages for programs: plan, import, history. */
import { z } from 'zod';
import { HubError } from '../errors.ts';
import { type ApiRoute, apiRoute } from '../http/route.ts';
import { isId } from '../id.ts';
import type { Actor } from '../people/actor.ts';
import type { Change } from './changes.ts';
import {
  type ImportDeps,
  type ImportRequest,
  importPackage,
  type PackagePlan,
  planPackage,
} from './import.ts';
import { type ImportEntry, type ImportedRecord, listImports } from './store.ts';
import { type UndoPlan, undoImport } from './undo.ts';

const packageSource = z.union([z.string(), z.record(z.string(), z.unknown())]);
const planBody = z.strictObject({
  package: packageSource,
  prompts: z.record(z.string(), z.union([z.string(), z.array(z.string())])).default({}),
  unsupported: z.enum(['refuse', 'skip']).default('refuse'),
  mode: z.enum(['new', 'update']).optional(),
  overwrite: z.array(z.string()).default([]),
  role_group: z.string().optional(),
});
type PlanBody = z.infer<typeof planBody>;
const undoBody = z.strictObject({ accounts: z.array(z.string()).default([]) });

export function packagesApi(deps: ImportDeps): ApiRoute[] {
  return [
    apiRoute({
      method: 'POST',
      path: '/packages/plan',
      summary: 'What importing a package would do',
      access: 'admin',
      body: planBody,
      handle: async ({ body, actor }) => ({
        body: planAnswer(await planPackage(deps, requestOf(body, actor))),
      }),
    }),
    apiRoute({
      method: 'POST',
      path: '/packages/import',
      summary: 'Import a package',
      access: 'admin',
      body: planBody,
      keepsAnswer: true,
      handle: async ({ body, actor }) => {
        return { status: 201, body: importAnswer(await importPackage(deps, requestOf(body, actor))) };
      },
    }),
    apiRoute({
      method: 'GET',
      path: '/imports',
      summary: 'Packages imported, newest first',
      access: 'admin',
      handle: async ({ query }) => {
        const limit = readLimit(query.get('limit'));
        const after = query.get('after') || undefined;
        if (after !== undefined && !isId(after)) throw new HubError('bad_request', "'after' must be an id.");
        const entries = await listImports(deps.db, limit + 1, after);
        const items = entries.slice(0, limit);
        return {
          body: { items: items.map(historyAnswer), next: entries.length > limit ? items.at(-1)?.id : null },
        };
      },
    }),
    apiRoute({
      method: 'POST',
      path: '/imports/:id/undo',
      summary: 'Remove what an import made, unless something else refers to it',
      access: 'admin',
      body: undoBody,
      handle: async ({ params, body: { accounts }, actor }) => {
        const importId = params.id ?? '';
        return { body: undoAnswer(await undoImport(deps, { actor, importId, accounts })) };
      },
    }),
  ];
}

function requestOf({ role_group: roleGroup, ...body }: PlanBody, actor: Actor): ImportRequest {
  return { ...body, roleGroup, actor };
}

/** A plan as the API and the command line answer it. */
export function planAnswer(plan: PackagePlan): Record<string, unknown> {
  return {
    prompts: plan.prompts.map(({ key, type, label, params, secret, hosts, problem }) => ({
      key,
      type,
      label,
      params,
      secret,
      hosts,
      missing: problem !== undefined,
    })),
    records: [
      ...plan.records.map(({ type, item, id, label, action, changes }) => ({
        context: type.context,
        uid: item.uid,
        label,
        action,
        ...(action === 'create' ? {} : { id, changes: changes.map(changeAnswer) }),
      })),
      ...plan.additions.flatMap(({ type, id, label, uids, action, changes }) =>
        uids.map((uid) => {
          return { context: type.context, uid, id, label, action, changes: changes.map(changeAnswer) };
        }),
      ),
    ],
    ...(plan.mode === 'update' ? { dropped: plan.dropped.map(namesOf) } : {}),
    warnings: plan.warnings,
    unsupported: plan.unsupported,
    hosts: plan.hosts,
    earlier_import: plan.earlier?.id ?? null,
  };
}

function namesOf({ context, uid, id, label }: ImportedRecord): Record<string, string> {
  return { context, uid, id, label };
}

/** A secret's values are not told, only that it differs. */
function changeAnswer({ path, from, to, isSecret, isLocalEdit, isTaken }: Change): Record<string, unknown> {
  const masked = { set: true };
  return {
    path,
    from: isSecret ? masked : from,
    to: isSecret ? masked : to,
    is_local_edit: isLocalEdit,
    taken: isTaken,
  };
}

/** What an import made, as the API and the command line answer it. */
export function importAnswer(entry: ImportEntry): Record<string, unknown> {
  const withAction = (wanted: ImportedRecord['action']) =>
    byContext(entry.records.filter(({ action }) => action === wanted));
  return {
    import_id: entry.id,
    records_created: withAction('create'),
    records_modified: withAction('update'),
    warnings: entry.warnings,
  };
}

function byContext(records: readonly ImportedRecord[]): Record<string, unknown> {
  const contexts = [...new Set(records.map(({ context }) => context))];
  return Object.fromEntries(
    contexts.map((context) => {
      const ofType = records.filter((record) => record.context === context);
      return [context, Object.fromEntries(ofType.map(({ uid, id, label }) => [uid, { id, label }]))];
    }),
  );
}

/** What undoing removed and what it left, as the API and the command line answer it. */
export function undoAnswer({ entry, removed, left }: UndoPlan): Record<string, unknown> {
  return {
    import_id: entry.id,
    removed: removed.map(({ type, id, label }) => ({ context: type.context, id, label })),
    left,
  };
}

function historyAnswer(entry: ImportEntry): Record<string, unknown> {
  return {
    id: entry.id,
    name: entry.packageName,
    revision: entry.revision,
    asked_by: entry.askedBy,
    created_at: new Date(entry.createdAt).toISOString(),
    mode: entry.mode,
    records: entry.records.map((record) => ({ ...namesOf(record), action: record.action })),
    undone: entry.undone && {
      at: new Date(entry.undone.at).toISOString(),
      by: entry.undone.by,
      left: entry.undone.left,
    },
  };
}

function readLimit(text: string | null): number {
  if (text === null) return 50;
  const limit = Number(text);
  if (Number.isInteger(limit) && limit >= 1 && limit <= 200) return limit;
  throw new HubError('bad_request', "'limit' must be a whole number from 1 to 200.");
}
