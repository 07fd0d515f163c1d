/** Methods and headers of callers: what is refused, and what the door leaves out. Pure. */
import { HubError } from '../errors.ts';
import type { OutboundRequest } from './delivery.ts';

const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/**
 * A copy of the request as it may go to signing: method in upper case, headers that would confuse left out
 * (framing, routing, cookies, encodings we do not undo; Authorization where `isSigned` brings another). Throws
 * `request_refused` for what is no HTTP (RFC 9110 §5.1, §5.5, §9.1) and for a second Content-Type.
 */
export function prepareRequest(request: OutboundRequest, isSigned: boolean): OutboundRequest {
  const method = request.method.toUpperCase();
  if (!token.test(method) || method.length > 32 || method === 'CONNECT' || method === 'TRACE') {
    throw new HubError('request_refused', 'The method of the request is not one that can be sent.');
  }
  const named = namedByConnection(request.headers);
  const headers: [string, string][] = [];
  for (const [name, value] of request.headers) {
    const lower = name.toLowerCase();
    if (!token.test(name))
      throw new HubError('request_refused', 'A header of the request has no valid name.');
    if (isConfusing(lower) || named.has(lower) || (isSigned && lower === 'authorization')) continue;
    if (lower === 'content-type' && headers.some(([other]) => other.toLowerCase() === lower)) {
      throw new HubError('request_refused', 'The request has two Content-Type headers; send one.');
    }
    headers.push([name, cleanValue(name, value)]);
  }
  if (!headers.some(([name]) => name.toLowerCase() === 'user-agent'))
    headers.push(['User-Agent', 'Countersign']);
  return { ...request, method, url: new URL(request.url), headers };
}

/** Whether sending the request twice does no more than sending it once, and nothing at all (RFC 9110 §9.2.1). */
export function isSafeMethod(method: string): boolean {
  return method === 'GET' || method === 'HEAD' || method === 'OPTIONS';
}

const confusing = new Set([
  'host',
  'content-length',
  'transfer-encoding',
  'connection',
  'keep-alive',
  'te',
  'trailer',
  'upgrade',
  'http2-settings',
  'expect',
  'cookie',
  'cookie2',
  'forwarded',
  'via',
  'x-real-ip',
  'accept-encoding',
]);

function isConfusing(name: string): boolean {
  return confusing.has(name) || name.startsWith('proxy-') || name.startsWith('x-forwarded-');
}

/** Headers that the Connection header declares to be for the next hop alone (RFC 9110 §7.6.1). */
function namedByConnection(headers: OutboundRequest['headers']): Set<string> {
  return new Set(
    headers
      .filter(([name]) => name.toLowerCase() === 'connection')
      .flatMap(([, value]) => value.toLowerCase().split(','))
      .map((name) => name.trim()),
  );
}

function cleanValue(name: string, value: string): string {
  const trimmed = value.replace(/^[ \t]+|[ \t]+$/g, '');
  if (!/^[\x20-\x7e\x80-\xff]*$/.test(trimmed)) {
    throw new HubError(
      'request_refused',
      `The value of the header ${name} has line breaks or characters beyond Latin-1; encode them.`,
    );
  }
  return trimmed;
}
