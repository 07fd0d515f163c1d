/** Setup > Configure > Import Package, Setup > Packages, and what an import made. */
import type { Config } from '../config.ts';
import { HubError } from '../errors.ts';
import type { PageRoute, Visit } from '../http/route.ts';
import type { ImportDeps } from './import.ts';
import { answerImport, askPackage, type FormPage, refused, workerOf } from './import-page.ts';
import { type LibraryPackage, readLibrary } from './library.ts';
import { cleanPackageText } from './package-text.ts';
import { resultSections, siteFacts } from './page-models.ts';
import { findImport, listImports } from './store.ts';

export interface PackagesPagesDeps extends ImportDeps {
  config: Pick<Config, 'maxPackageBytes' | 'url'>;
}

export function packagesPages(deps: PackagesPagesDeps): PageRoute[] {
  const library = readLibrary();
  const { origin } = deps.config.url;
  // Letters outside ASCII take up to three times their size in a form that is not multipart.
  const maxBodyBytes = deps.config.maxPackageBytes * 3 + 1024 * 1024;
  const findEntry = (visit: Visit): LibraryPackage => {
    const entry = library.get(visit.params.name ?? '');
    if (!entry) throw new HubError('not_found', 'The library has no such package.');
    return entry;
  };
  return [
    {
      method: 'GET',
      path: '/setup/import',
      access: 'admin',
      handle: () => importForm(origin, ''),
    },
    {
      method: 'POST',
      path: '/setup/import',
      access: 'admin',
      maxBodyBytes,
      handle: async (visit) => {
        const sent = await packageText(visit.form, deps.config.maxPackageBytes);
        if (sent instanceof HubError) return refused(importForm(origin, ''), sent);
        const text = visit.form.get('step') === 'clean' ? cleanPackageText(sent) : sent;
        return answerImport(deps, visit, importForm(origin, text), text);
      },
    },
    {
      method: 'GET',
      path: '/setup/imports/:id',
      access: 'admin',
      handle: async (visit) => {
        const entry = await findImport(deps.db, visit.params.id ?? '');
        if (!entry) throw new HubError('not_found', 'There is no such import.');
        const { packageName, revision, askedBy, createdAt, warnings } = entry;
        return {
          view: 'packages/result',
          model: {
            title: `Imported: ${packageName}`,
            packageName,
            revision,
            askedBy,
            createdAt,
            warnings,
            sections: resultSections(entry, deps.recordTypes),
          },
        };
      },
    },
    {
      method: 'GET',
      path: '/setup/packages',
      access: 'admin',
      handle: async (visit) => {
        const entries = await listImports(deps.db, 51, visit.query.get('after') ?? undefined);
        const imports = entries.slice(0, 50);
        const tiles = [...library.values()].map((entry) => ({ ...entry, remote: siteFacts(origin, entry) }));
        const next = entries.length > 50 ? `/setup/packages?after=${imports.at(-1)?.id}` : null;
        return { view: 'packages/index', model: { title: 'Packages', imports, tiles, next } };
      },
    },
    {
      method: 'GET',
      path: '/setup/packages/:name',
      access: 'admin',
      handle: (visit) => {
        const entry = findEntry(visit);
        return askPackage(deps, libraryForm(origin, entry), entry.text, workerOf(visit));
      },
    },
    {
      method: 'POST',
      path: '/setup/packages/:name',
      access: 'admin',
      handle: (visit) => {
        const entry = findEntry(visit);
        return answerImport(deps, visit, libraryForm(origin, entry), entry.text);
      },
    },
  ];
}

function importForm(origin: string, text: string): FormPage {
  return {
    view: 'packages/import',
    model: { title: 'Import Package', text, remote: siteFacts(origin) },
  };
}

function libraryForm(origin: string, entry: LibraryPackage): FormPage {
  return {
    view: 'packages/library-package',
    model: { title: entry.name, entry, remote: siteFacts(origin, entry) },
  };
}

/** The chosen file, else the pasted text; a file beyond the cap is not read. */
async function packageText(form: FormData, maxBytes: number): Promise<string | HubError> {
  const file = form.get('file');
  if (file instanceof File && file.size > 0) {
    if (file.size <= maxBytes) return file.text();
    return new HubError('too_large', `The file ${file.name} is larger than the ${maxBytes} bytes allowed.`);
  }
  const text = form.get('package');
  return typeof text === 'string' ? text : '';
}
