/** Is this Signature Version 4 right? Rebuilt from the bytes that came, on node:crypto alone. Pure. */
import { createHash, createHmac } from 'node:crypto';
import { parseForm, percentDecode, percentEncode } from './percent.ts';
import { isSame } from './signature.ts';
import { headerValues, type WireRequest, wirePath, wireQuery } from './wire-request.ts';

/** How far the time of signing may be off, in milliseconds. */
const toleranceMs = 15 * 60_000;

const shape =
  /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request, ?SignedHeaders=([\w;-]+), ?Signature=([0-9a-f]{64})$/;

/** The access key that signed; undefined where anything does not fit. The host has to be signed. */
export function verifyAws(
  wire: WireRequest,
  secretOf: (accessKey: string) => string | undefined,
  now: number,
): string | undefined {
  const [, accessKey = '', day = '', region = '', service = '', names = '', signature = ''] =
    shape.exec(headerValues(wire, 'authorization')[0] ?? '') ?? [];
  const secret = secretOf(accessKey);
  const signedNames = names.split(';');
  const time = headerValues(wire, 'x-amz-date')[0] ?? '';
  if (secret === undefined || !signedNames.includes('host') || !signedNames.includes('x-amz-date'))
    return undefined;
  if (!time.startsWith(day) || Math.abs(timeOf(time) - now) > toleranceMs) return undefined;
  const scope = `${day}/${region}/${service}/aws4_request`;
  const canonical = canonicalRequest(wire, signedNames, service);
  const text = ['AWS4-HMAC-SHA256', time, scope, sha256(canonical)].join('\n');
  const key = [day, region, service, 'aws4_request'].reduce<string | Buffer>(hmac, `AWS4${secret}`);
  return isSame(hmac(key, text).toString('hex'), signature) ? accessKey : undefined;
}

function canonicalRequest(wire: WireRequest, names: readonly string[], service: string): string {
  const headers = names.map((name) => {
    const values = headerValues(wire, name).map((value) => value.trim().replace(/ +/g, ' '));
    return `${name}:${values.join(',')}\n`;
  });
  return [
    wire.method,
    canonicalPath(wirePath(wire), service),
    canonicalQuery(wireQuery(wire)),
    headers.join(''),
    names.join(';'),
    sha256(wire.body),
  ].join('\n');
}

/** S3 signs the name that the path stands for; every other service the path on the wire, encoded once more. */
function canonicalPath(path: string, service: string): string {
  const isS3 = service === 's3';
  const parts = (isS3 ? path : path.replace(/\/{2,}/g, '/')).split('/');
  return parts
    .map((part) => percentEncode(isS3 ? (percentDecode(part.replaceAll('+', '%20')) ?? part) : part))
    .join('/')
    .replaceAll(isS3 ? '%2F' : '/', '/');
}

function canonicalQuery(query: string): string {
  const pairs = (parseForm(query) ?? []).map(
    ([name, value]) => [percentEncode(name), percentEncode(value)] as const,
  );
  const byBytes = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
  return pairs
    .sort((a, b) => byBytes(a[0], b[0]) || byBytes(a[1], b[1]))
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
}

/** NaN for what is none, which is never near enough. */
function timeOf(text: string): number {
  const [, ...parts] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text) ?? [];
  const [year = Number.NaN, month = 1, ...rest] = parts.map(Number);
  return Date.UTC(year, month - 1, ...rest);
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

function sha256(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}
