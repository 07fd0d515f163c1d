/** Setup > Packages > Export: what goes into the package, by tick boxes, and the file. */
import { HubError } from '../errors.ts';
import type { PageAnswer, PageRoute, Visit } from '../http/route.ts';
import { writeJson } from '../json.ts';
import { exportPackage } from './export.ts';
import type { ImportDeps } from './import.ts';
import { workerOf } from './import-page.ts';

type Deps = Pick<ImportDeps, 'db' | 'recordTypes'>;

/** Chosen by themselves; behaviors come with their bot. */
const offered = ['connected_service', 'connected_account', 'bot'].map(
  (name) => `cerberusweb.contexts.${name}`,
);

interface Typed {
  name: string;
  /** `CONTEXT:ID`, as the boxes have it. */
  records: readonly string[];
}

export function exportPages(deps: Deps): PageRoute[] {
  return [
    {
      method: 'GET',
      path: '/setup/export',
      access: 'admin',
      handle: () => form(deps, { name: '', records: [] }),
    },
    {
      method: 'POST',
      path: '/setup/export',
      access: 'admin',
      handle: (visit) => make(deps, visit),
    },
  ];
}

async function make(deps: Deps, visit: Visit): Promise<PageAnswer> {
  const name = visit.form.get('name');
  const typed = {
    name: typeof name === 'string' ? name : '',
    records: visit.form.getAll('records').filter((value) => typeof value === 'string'),
  };
  const records = typed.records.map((text) => {
    const [context = '', id = ''] = text.split(':');
    return { context, id };
  });
  try {
    const made = await exportPackage(deps, {
      actor: workerOf(visit),
      name: typed.name,
      revision: 1,
      records,
    });
    const text = `${writeJson(made.package, 2)}\n`;
    if (visit.form.get('as') === 'file') return file(typed.name, text);
    return form(deps, typed, { text, notes: made.notes });
  } catch (error) {
    if (!(error instanceof HubError) || !['bad_request', 'not_found'].includes(error.code)) throw error;
    return { ...(await form(deps, typed, { error: error.message })), status: 422 };
  }
}

function file(name: string, text: string): PageAnswer {
  const plain = name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '');
  const filename = `${plain || 'package'}.json`;
  return { download: new TextEncoder().encode(text), filename, contentType: 'application/json' };
}

async function form(
  deps: Deps,
  typed: Typed,
  shown: { text?: string; notes?: readonly { path: string; message: string }[]; error?: string } = {},
) {
  const types = deps.recordTypes.filter(({ context }) => offered.includes(context));
  const sections = await Promise.all(
    types.map(async (type) => ({
      title: type.many,
      records: (await type.list(deps.db, '')).map(({ id, label }) => {
        const value = `${type.context}:${id}`;
        return { value, label, checked: typed.records.includes(value) };
      }),
    })),
  );
  return {
    view: 'packages/export',
    model: {
      title: 'Export a package',
      name: typed.name,
      sections,
      isEmpty: sections.every(({ records }) => records.length === 0),
      ...shown,
    },
  };
}
