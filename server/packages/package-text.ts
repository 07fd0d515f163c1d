/** A package as it was pasted, chosen or sent: read as JSON, with what came along from a document named. Pure. */
import { HubError } from '../errors.ts';
import { JsonError, parseJson, writeJson } from '../json.ts';
import { endOfValue, positionOf } from './positions.ts';
import type { Remark } from './record-type.ts';

/** Something that keeps a package from being read; line and column, from 1, where there is a text to point into. */
export interface PackageFault extends Remark {
  line?: number;
  column?: number;
  /**
   * What would help: the text holds a package among other things, which `cleanPackageText` takes off; or the package
   * can be imported without what it asks for here.
   */
  offer?: 'cleaned text' | 'supported part';
}

export type PackageSource = string | Readonly<Record<string, unknown>>;

/** Reads a package's JSON. Throws `too_large` beyond `maxBytes`; faults of syntax are values. */
export function readPackageText(
  source: PackageSource,
  maxBytes: number,
): { ok: true; value: unknown } | { ok: false; faults: PackageFault[] } {
  const text = typeof source === 'string' ? source : writeJson(source);
  const bytes = Buffer.byteLength(text);
  if (bytes > maxBytes) {
    throw new HubError(
      'too_large',
      `The package has ${megabytes(bytes)}; at most ${megabytes(maxBytes)} are read. Divide it, or raise COUNTERSIGN_MAX_PACKAGE_BYTES.`,
    );
  }
  if (text.trim() === '')
    return { ok: false, faults: [{ path: '', message: 'There is no text to import.' }] };
  try {
    return { ok: true, value: parseJson(text) };
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    return { ok: false, faults: [syntaxFault(text, error)] };
  }
}

/** Gives faults their line and column when the package came as text. */
export function locateFaults(source: PackageSource, faults: readonly PackageFault[]): PackageFault[] {
  if (typeof source !== 'string') return [...faults];
  return faults.map((fault) =>
    fault.line === undefined ? { ...fault, ...positionOf(source, fault.path) } : fault,
  );
}

/** The package alone, without what documents put around it; the same text where nothing is recognised. */
export function cleanPackageText(text: string): string {
  const start = /\{\s*"/.exec(text)?.index;
  return start === undefined ? text : text.slice(start, endOfValue(text, start));
}

function syntaxFault(text: string, error: JsonError): PackageFault {
  const cleaned = cleanPackageText(text);
  const start = text.indexOf(cleaned);
  const companions = namesOf(text.slice(0, start), text.slice(start + cleaned.length));
  if (cleaned === text || companions.length === 0) return at(error, `This is not JSON: ${error.message}.`);
  try {
    parseJson(cleaned);
  } catch (inner) {
    if (!(inner instanceof JsonError)) throw inner;
    const lines = text.slice(0, start).split('\n');
    return {
      path: '',
      message: `This is not JSON: ${inner.message}.`,
      line: inner.line + lines.length - 1,
      column: inner.line === 1 ? inner.column + (lines.at(-1)?.length ?? 0) : inner.column,
    };
  }
  return {
    ...at(error, `Around the package stands what came along when it was copied: ${companions.join(', ')}.`),
    offer: 'cleaned text',
  };
}

function at({ line, column }: JsonError, message: string): PackageFault {
  return { path: '', message, line, column };
}

const companionNames: readonly [RegExp, string][] = [
  [/\uFEFF/g, 'a byte-order mark'],
  [/^\s*(`{3,}|~{3,}).*$/gm, 'a code fence (```)'],
  [/\{%-?\s*(end)?(raw|verbatim)\s*-?%\}/g, '{% raw %} lines'],
  [/<\/?(pre|code)\b[^>]*>/gi, '<pre> or <code> lines'],
];

function namesOf(before: string, after: string): string[] {
  const found: string[] = [];
  let rest = [before, after];
  for (const [pattern, name] of companionNames) {
    const left = rest.map((part) => part.replace(pattern, ''));
    if (left.join('') !== rest.join('')) found.push(name);
    rest = left;
  }
  if (rest[0]?.trim()) found.push('text before the first brace');
  if (rest[1]?.trim()) found.push('text after the last brace');
  return found;
}

function megabytes(bytes: number): string {
  return bytes < 1_000_000 ? `${bytes} bytes` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}
