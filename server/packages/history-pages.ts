/** What an import made, and undoing it. */
import { HubError } from '../errors.ts';
import type { PageAnswer, PageRoute, Visit } from '../http/route.ts';
import type { ImportDeps } from './import.ts';
import { workerOf } from './import-page.ts';
import { resultSections } from './page-models.ts';
import { findImport, type ImportEntry, type RecordAction } from './store.ts';
import { planUndo, undoImport } from './undo.ts';

export function historyPages(deps: ImportDeps): PageRoute[] {
  const found = async (visit: Visit): Promise<ImportEntry> => {
    const entry = await findImport(deps.db, visit.params.id ?? '');
    if (!entry) throw new HubError('not_found', 'There is no such import.');
    return entry;
  };
  const askUndo = async (visit: Visit): Promise<PageAnswer> => {
    const { id } = await found(visit);
    const { entry, removed, left, guarded } = await planUndo(deps, {
      actor: workerOf(visit),
      importId: id,
      accounts: [],
    });
    const isGuarded = new Set(guarded.map((one) => one.id));
    return {
      view: 'packages/undo',
      model: {
        title: `Undo: ${entry.packageName}`,
        entry,
        removed: removed.map(({ type, label }) => ({ type: type.one, label })),
        left: left.filter((one) => !isGuarded.has(one.id)),
        guarded: guarded.map((one) => ({ id: one.id, label: one.label })),
      },
    };
  };
  const undo = async (visit: Visit): Promise<PageAnswer> => {
    const { id, packageName } = await found(visit);
    const accounts = visit.form.getAll('account').filter((one): one is string => typeof one === 'string');
    const { removed, left } = await undoImport(deps, { actor: workerOf(visit), importId: id, accounts });
    const stays = left.length === 0 ? '' : ` ${left.length} stayed.`;
    const notice = `The import of ${packageName} was undone: ${removed.length} removed.${stays}`;
    return { redirect: `/setup/imports/${id}`, notice };
  };
  return [
    {
      method: 'GET',
      path: '/setup/imports/:id',
      access: 'admin',
      handle: async (visit) => resultPage(deps, await found(visit)),
    },
    { method: 'GET', path: '/setup/imports/:id/undo', access: 'admin', handle: askUndo },
    { method: 'POST', path: '/setup/imports/:id/undo', access: 'admin', handle: undo },
  ];
}

function resultPage({ recordTypes }: ImportDeps, entry: ImportEntry): PageAnswer {
  const sections = (...actions: RecordAction[]) =>
    resultSections(
      entry.records.filter(({ action }) => actions.includes(action)),
      recordTypes,
    );
  const isGone = entry.undone !== null && entry.undone.left.length === 0;
  return {
    view: 'packages/result',
    model: {
      title: `Imported: ${entry.packageName}`,
      entry,
      created: sections('create'),
      updated: sections('update'),
      kept: sections('unchanged', 'keep'),
      dropped: sections('dropped'),
      mayUndo: !isGone && entry.records.some(({ action }) => action === 'create'),
      isGone,
    },
  };
}
