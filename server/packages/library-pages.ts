/** Setup > Packages: the library as tiles, to be searched and created from, and the imports. */
import type { Config } from '../config.ts';
import { HubError } from '../errors.ts';
import type { PageRoute, Visit } from '../http/route.ts';
import type { ImportDeps } from './import.ts';
import { answerImport, askPackage, type FormPage, workerOf } from './import-page.ts';
import { findInLibrary, type LibraryPackage, readLibrary } from './library.ts';
import { type SiteAnswers, siteFacts } from './page-models.ts';
import { listImports } from './store.ts';

export interface LibraryPagesDeps extends ImportDeps {
  config: ImportDeps['config'] & Pick<Config, 'url'>;
  /** What this helpdesk answers to remote sites. */
  settings(): Promise<SiteAnswers>;
}

const importsShown = 50;

export function libraryPages(deps: LibraryPagesDeps): PageRoute[] {
  const library = readLibrary();
  const form = async (entry: LibraryPackage): Promise<FormPage> => ({
    view: 'packages/library-package',
    model: {
      title: entry.name,
      entry,
      remote: siteFacts(deps.config.url.origin, await deps.settings(), entry),
    },
  });
  const findEntry = (visit: Visit): LibraryPackage => {
    const entry = library.get(visit.params.name ?? '');
    if (!entry) throw new HubError('not_found', 'The library has no such package.');
    return entry;
  };
  return [
    {
      method: 'GET',
      path: '/setup/packages',
      access: 'admin',
      handle: async (visit) => {
        const sought = (visit.query.get('q') ?? '').trim();
        const tiles = findInLibrary(library, sought);
        const entries = await listImports(deps.db, importsShown + 1, visit.query.get('after') ?? undefined);
        const imports = entries.slice(0, importsShown);
        const next =
          entries.length > importsShown ? `/setup/packages?after=${imports.at(-1)?.id}#imports` : null;
        const model = { title: 'Packages', sought, tiles, imports, next };
        return { view: 'packages/index', model };
      },
    },
    {
      method: 'GET',
      path: '/setup/packages/:name',
      access: 'admin',
      handle: async (visit) => {
        const entry = findEntry(visit);
        return askPackage(deps, await form(entry), entry.text, workerOf(visit));
      },
    },
    {
      method: 'POST',
      path: '/setup/packages/:name',
      access: 'admin',
      handle: async (visit) => {
        const entry = findEntry(visit);
        return answerImport(deps, visit, await form(entry), entry.text);
      },
    },
  ];
}
