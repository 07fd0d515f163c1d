/** Setup > Configure > Import Package > From another format: shown as a package to import, before anything is written. */
import { HubError } from '../errors.ts';
import type { PageAnswer, PageRoute, Visit } from '../http/route.ts';
import { writeJson } from '../json.ts';
import { convertToPackage } from './convert.ts';
import { importers } from './importers/index.ts';

/** Longest text that is looked at; Nango's catalogue of all providers has about 1 MB. */
const maxBytes = 5_000_000;

export function convertPages(): PageRoute[] {
  return [
    {
      method: 'GET',
      path: '/setup/convert',
      access: 'admin',
      handle: () => form({ text: '', format: '', name: '' }),
    },
    {
      method: 'POST',
      path: '/setup/convert',
      access: 'admin',
      maxBodyBytes: maxBytes * 3,
      handle: (visit) => convert(visit),
    },
  ];
}

interface Typed {
  text: string;
  format: string;
  name: string;
}

function convert(visit: Visit): PageAnswer {
  const field = (name: string) => {
    const value = visit.form.get(name);
    return typeof value === 'string' ? value : '';
  };
  const typed = { text: field('text'), format: field('format'), name: field('name') };
  try {
    if (Buffer.byteLength(typed.text) > maxBytes) {
      throw new HubError(
        'bad_request',
        'The text is larger than 5 MB; paste only the entries that you need.',
      );
    }
    const {
      package: made,
      notes,
      format,
    } = convertToPackage({
      text: typed.text,
      ...(typed.format !== '' && { format: typed.format }),
      ...(typed.name !== '' && { name: typed.name }),
    });
    const title = importers.find(({ id }) => id === format)?.title ?? format;
    return form(typed, { made: { text: writeJson(made, 2), title }, notes });
  } catch (error) {
    if (!(error instanceof HubError) || !['bad_request', 'package_invalid'].includes(error.code)) throw error;
    // Both refusals of convertToPackage carry remarks of this shape.
    const notes = (error.extra.faults ?? []) as { path: string; message: string }[];
    return { ...form(typed, { error: error.message, notes }), status: 422 };
  }
}

interface Shown {
  made?: { text: string; title: string };
  notes?: readonly { path: string; message: string }[];
  error?: string;
}

function form(typed: Typed, shown: Shown = {}) {
  return {
    view: 'packages/convert',
    model: {
      title: 'From another format',
      ...typed,
      ...shown,
      formats: [
        { value: '', label: 'Look and see', selected: typed.format === '' },
        ...importers.map(({ id, title }) => ({ value: id, label: title, selected: typed.format === id })),
      ],
      known: importers.map(({ title, help }) => ({ title, help })),
    },
  };
}
