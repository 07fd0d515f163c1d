/** Setup > Configure > Import Package. */
import { HubError } from '../errors.ts';
import type { PageRoute } from '../http/route.ts';
import { historyPages } from './history-pages.ts';
import { answerImport, type FormPage, refused } from './import-page.ts';
import { type LibraryPagesDeps, libraryPages } from './library-pages.ts';
import { cleanPackageText } from './package-text.ts';
import { siteFacts } from './page-models.ts';

export function packagesPages(deps: LibraryPagesDeps): PageRoute[] {
  const form = async (text: string): Promise<FormPage> => {
    const remote = siteFacts(deps.config.url.origin, await deps.settings());
    return { view: 'packages/import', model: { title: 'Import Package', text, remote } };
  };
  // Letters outside ASCII take up to three times their size in a form that is not multipart.
  const maxBodyBytes = deps.config.maxPackageBytes * 3 + 1024 * 1024;
  return [
    {
      method: 'GET',
      path: '/setup/import',
      access: 'admin',
      handle: () => form(''),
    },
    {
      method: 'POST',
      path: '/setup/import',
      access: 'admin',
      maxBodyBytes,
      handle: async (visit) => {
        const sent = await packageText(visit.form, deps.config.maxPackageBytes);
        if (sent instanceof HubError) return refused(await form(''), sent);
        const text = visit.form.get('step') === 'clean' ? cleanPackageText(sent) : sent;
        return answerImport(deps, visit, await form(text), text);
      },
    },
    ...historyPages(deps),
    ...libraryPages(deps),
  ];
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
