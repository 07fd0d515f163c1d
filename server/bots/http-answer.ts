/** What a behavior may answer to the HTTP request that started it: which statuses and headers are taken. Pure. */
import { HubError } from '../errors.ts';

/** Of the connection, of the browser's trust in our origin, or set by the server itself. */
const refused = new Set([
  'alt-svc',
  'clear-site-data',
  'connection',
  'content-encoding',
  'content-length',
  'content-security-policy',
  'cross-origin-opener-policy',
  'cross-origin-resource-policy',
  'date',
  'http2-settings',
  'keep-alive',
  'nel',
  'public-key-pins',
  'report-to',
  'reporting-endpoints',
  'service-worker-allowed',
  'set-cookie',
  'set-cookie2',
  'strict-transport-security',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'x-content-type-options',
  'x-frame-options',
]);

/** Name and value as they may stand in an answer. Throws `request_refused` with the reason. */
export function readAnswerHeader(name: string, value: string): { name: string; value: string } {
  const clean = { name: name.trim(), value: value.trim() };
  if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}$/.test(clean.name)) {
    throw new HubError(
      'request_refused',
      'The header has no valid name: letters, digits and dashes, such as Content-Type.',
    );
  }
  const lower = clean.name.toLowerCase();
  if (refused.has(lower) || lower.startsWith('proxy-')) {
    throw new HubError(
      'request_refused',
      `The header ${clean.name} cannot be set by a behavior: it belongs to the connection or to the hub.`,
    );
  }
  if (!/^[\t\x20-\x7e\x80-\xff]{0,8192}$/.test(clean.value)) {
    throw new HubError(
      'request_refused',
      `The value of the header ${clean.name} has line breaks, characters beyond Latin-1, or is longer than 8192 characters.`,
    );
  }
  return clean;
}

/** A status from 200 to 599 as people write it: `404`. Throws `request_refused`. */
export function readAnswerStatus(text: string): number {
  const status = /^\s*\d{3}\s*$/.test(text) ? Number(text) : 0;
  if (status >= 200 && status <= 599) return status;
  throw new HubError(
    'request_refused',
    `'${text.trim().slice(0, 40)}' is no HTTP status; write a number from 200 to 599.`,
  );
}
