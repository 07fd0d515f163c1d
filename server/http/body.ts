/** Reads request bodies: capped while they stream, parsed by their declared type alone. */
import type { IncomingMessage } from 'node:http';
import { HubError } from '../errors.ts';
import { JsonError, parseJson } from '../json.ts';

/**
 * The whole body. Throws `too_large` beyond the cap, but only when all has come, read and dropped: a sender that is
 * answered before, and then finds its socket closed, loses the answer.
 */
export function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer<ArrayBuffer>> {
  return new Promise((resolve, reject) => {
    if (request.destroyed) return reject(brokenOff());
    let chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= maxBytes) chunks.push(chunk);
      else chunks = [];
    });
    request.once('end', () => {
      if (size <= maxBytes) resolve(Buffer.concat(chunks));
      else reject(tooLarge(maxBytes));
    });
    request.once('error', () => reject(brokenOff()));
    request.once('close', () => reject(brokenOff()));
  });
}

/** A JSON body; `undefined` when there is none. Throws `bad_request` with the place of the fault. */
export async function readJson(request: IncomingMessage, maxBytes: number): Promise<unknown> {
  const bytes = await readBody(request, maxBytes);
  if (bytes.length === 0) return undefined;
  if (!/^application\/(.+\+)?json\b/i.test(request.headers['content-type'] ?? 'application/json')) {
    throw new HubError('bad_request', 'The body must be JSON: send Content-Type: application/json.');
  }
  try {
    return parseJson(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    if (!(error instanceof JsonError)) throw new HubError('bad_request', 'The body is not UTF-8 text.');
    throw new HubError('bad_request', `The body is not acceptable JSON: ${error.message}.`, {
      extra: { line: error.line, column: error.column },
    });
  }
}

/** The fields of a form, url-encoded or multipart. Throws `bad_request` for any other body. */
export async function readForm(request: IncomingMessage, maxBytes: number): Promise<FormData> {
  const bytes = await readBody(request, maxBytes);
  const type = request.headers['content-type'] ?? '';
  if (bytes.length === 0) return new FormData();
  try {
    return await new Response(bytes, { headers: { 'content-type': type } }).formData();
  } catch {
    throw new HubError('bad_request', 'The form could not be read.');
  }
}

function tooLarge(maxBytes: number): HubError {
  return new HubError('too_large', `The body is larger than ${maxBytes} bytes.`);
}

function brokenOff(): HubError {
  return new HubError('bad_request', 'The request broke off before its end.');
}
