/** What a run hands out at its end: placeholders and transcript, masked by value and cut to size. Pure. */
import { digitsOf, writeJson } from '../json.ts';
import type { JsonObject } from './json-value.ts';

/** Why a run failed. */
export interface RunError {
  code: string;
  message: string;
  node: string | null;
  /** The host that a service does not list, so that a page can offer an admin to allow it. */
  refused?: { host: string; service_id: string };
}

/** One thing the run did or left out; `text` tells it to a person. */
export interface TranscriptEntry {
  /** JSON pointer of the node below the behavior. */
  node: string;
  title: string;
  /** Id of the action. */
  action: string;
  status: 'done' | 'skipped' | 'failed';
  text: string;
}

/** Longest JSON of all values, and longest transcript; together below 1 MiB. */
const maxValuesLength = 700_000;
const maxTranscriptLength = 300_000;

/** Copies a JSON value with every text, keys included, passed through `mask`. Numbers keep their digits. */
export function maskTexts(value: unknown, mask: (text: string) => string): unknown {
  if (typeof value === 'string') return mask(value);
  if (Array.isArray(value)) return value.map((item) => maskTexts(item, mask));
  if (typeof value !== 'object' || value === null || digitsOf(value) !== undefined) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [mask(key), maskTexts(item, mask)]));
}

/** Replaces the largest values by a note until the rest fits. */
export function limitValues(values: JsonObject, maxLength = maxValuesLength): JsonObject {
  const sizes = Object.entries(values)
    .map(([key, value]) => ({ key, size: Buffer.byteLength(writeJson(value)) }))
    .sort((a, b) => b.size - a.size);
  let total = sizes.reduce((sum, { size }) => sum + size, 0);
  const limited = { ...values };
  for (const { key, size } of sizes) {
    if (total <= maxLength) break;
    limited[key] = `[left out: ${size} bytes]`;
    total -= size;
  }
  return limited;
}

/** Cuts the transcript's texts so that every entry keeps a fair share. */
export function limitTranscript(
  entries: readonly TranscriptEntry[],
  maxLength = maxTranscriptLength,
): TranscriptEntry[] {
  const share = Math.floor(maxLength / 4 / Math.max(1, Math.min(entries.length, 500)));
  return entries.slice(0, 500).map((entry) => {
    if (entry.text.length <= share) return entry;
    const left = entry.text.length - share;
    return { ...entry, text: `${entry.text.slice(0, share)}\n[left out: ${left} characters]` };
  });
}
