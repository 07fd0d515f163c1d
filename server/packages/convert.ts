/** What other products describe, turned into a package. Pure. */
import { HubError } from '../errors.ts';
import { JsonError, parseJson } from '../json.ts';
import { importers } from './importers/index.ts';
import { toPackage } from './importers/to-package.ts';
import type { JsonObject } from './reading.ts';
import type { Remark } from './record-type.ts';

export interface ConvertRequest {
  text: string;
  /** Id of an importer; without it the text is looked at. */
  format?: string;
  /** Of the package; without it the format's. */
  name?: string;
}

export interface Converted {
  format: string;
  package: JsonObject;
  /** What was left out or changed, by its path in the source. */
  notes: Remark[];
}

/** Throws `bad_request` when the format is not known, and `package_invalid` with what stands against it. */
export function convertToPackage({ text, format, name }: ConvertRequest): Converted {
  const json = readJson(text);
  const importer =
    format === undefined
      ? importers.find((one) => one.recognises(text, json))
      : importers.find((one) => one.id === format);
  if (!importer) {
    const known = importers.map(({ id }) => id).join(', ');
    const message =
      format === undefined
        ? `This is none of the formats known here (${known}).`
        : `There is no format '${format}'; known are ${known}.`;
    throw new HubError('bad_request', message, { extra: { faults: [{ path: '', message }] } });
  }
  const found = importer.read(text, json);
  if (found.services.length + found.requests.length === 0) {
    const notes =
      found.notes.length > 0 ? found.notes : [{ path: '', message: 'There is nothing in it to import.' }];
    const message = `Nothing of this can become a package: ${notes[0]?.message ?? ''}`;
    throw new HubError('package_invalid', message, { extra: { faults: notes } });
  }
  const title = name?.trim() || found.services[0]?.name || found.requests[0]?.title || importer.title;
  return { format: importer.id, package: toPackage(title, found), notes: found.notes };
}

function readJson(text: string): unknown {
  try {
    return parseJson(text);
  } catch (error) {
    if (error instanceof JsonError) return undefined;
    throw error;
  }
}
