/** Packages for programs: plan, import, history. */
import { z } from 'zod';
import { HubError } from '../errors.ts';
import { type ApiRoute, apiRoute } from '../http/route.ts';
import { isId } from '../id.ts';
import { type ImportDeps, importPackage, type PackagePlan, planPackage } from './import.ts';
import { type ImportEntry, listImports } from './store.ts';

const packageSource = z.union([z.string(), z.record(z.string(), z.unknown())]);
const planBody = z.strictObject({
  package: packageSource,
  prompts: z.record(z.string(), z.union([z.string(), z.array(z.string())])).default({}),
  unsupported: z.enum(['refuse', 'skip']).default('refuse'),
});
const importBody = planBody.extend({ mode: z.enum(['new', 'update']).optional() });

export function packagesApi(deps: ImportDeps): ApiRoute[] {
  return [
    apiRoute({
      method: 'POST',
      path: '/packages/plan',
      summary: 'What importing a package would do',
      access: 'admin',
      body: planBody,
      handle: async ({ body, actor }) => ({ body: planAnswer(await planPackage(deps, { ...body, actor })) }),
    }),
    apiRoute({
      method: 'POST',
      path: '/packages/import',
      summary: 'Import a package',
      access: 'admin',
      body: importBody,
      keepsAnswer: true,
      handle: async ({ body: { mode, ...body }, actor }) => {
        const entry = await importPackage(deps, { ...body, ...(mode === undefined ? {} : { mode }), actor });
        return { status: 201, body: importAnswer(entry) };
      },
    }),
    apiRoute({
      method: 'GET',
      path: '/imports',
      summary: 'Packages imported, newest first',
      access: 'admin',
      handle: async ({ query }) => {
        const limit = readLimit(query.get('limit'));
        const after = query.get('after') ?? undefined;
        if (after !== undefined && !isId(after)) throw new HubError('bad_request', "'after' must be an id.");
        const entries = await listImports(deps.db, limit + 1, after);
        const items = entries.slice(0, limit);
        return {
          body: { items: items.map(historyAnswer), next: entries.length > limit ? items.at(-1)?.id : null },
        };
      },
    }),
  ];
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
    records: plan.records.map(({ type, item, label }) => ({
      context: type.context,
      uid: item.uid,
      label,
      action: 'create',
    })),
    warnings: plan.warnings,
    unsupported: plan.unsupported,
    hosts: plan.hosts,
    earlier_import: plan.earlier?.id ?? null,
  };
}

/** What an import made, as the API and the command line answer it. */
export function importAnswer(entry: ImportEntry): Record<string, unknown> {
  const contexts = [...new Set(entry.records.map(({ context }) => context))];
  const created = contexts.map((context) => [
    context,
    Object.fromEntries(
      entry.records
        .filter((record) => record.context === context)
        .map(({ uid, id, label }) => [uid, { id, label }]),
    ),
  ]);
  return {
    import_id: entry.id,
    records_created: Object.fromEntries(created),
    records_modified: {},
    warnings: entry.warnings,
  };
}

function historyAnswer(entry: ImportEntry): Record<string, unknown> {
  return {
    id: entry.id,
    name: entry.packageName,
    revision: entry.revision,
    asked_by: entry.askedBy,
    created_at: new Date(entry.createdAt).toISOString(),
    records: entry.records,
  };
}

function readLimit(text: string | null): number {
  if (text === null) return 50;
  const limit = Number(text);
  if (Number.isInteger(limit) && limit >= 1 && limit <= 200) return limit;
  throw new HubError('bad_request', "'limit' must be a whole number from 1 to 200.");
}
