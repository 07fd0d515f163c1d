/** One line of `countersign sign`: a JSON vector in, its signature or refusal out. Pure. */
import { parseJson } from '../../json.ts';
import { isPlainObject } from '../reading.ts';
import type { SignableRequest } from './parameters.ts';
import { checkEncodable } from './parameters.ts';
import { OAuth1Refusal, type OAuth1RefusalCode } from './refusal.ts';
import { type SigningCredentials, type SigningParams, sign } from './sign.ts';

export type SignLineAnswer =
  | { id: unknown; wireUrl: string; baseString: string; signature: string; authorizationHeader: string }
  | { id: unknown; error: { code: OAuth1RefusalCode; message: string } };

/**
 * Signs `{id, request, credentials, params}` as test/vectors describes it; other keys beside these four are
 * ignored, within them they are refused. Never throws; `id` is null where none can be read.
 */
export function signLine(line: string): SignLineAnswer {
  let id: unknown = null;
  try {
    const vector = readLine(line);
    id = vector.id ?? null;
    const signed = sign(readRequest(vector), readCredentials(vector), readParams(vector));
    const { wireUrl, baseString, signature, authorizationHeader } = signed;
    return { id, wireUrl, baseString, signature, authorizationHeader };
  } catch (error) {
    if (!(error instanceof OAuth1Refusal)) throw error;
    return { id, error: { code: error.code, message: error.message } };
  }
}

type Fields = Readonly<Record<string, unknown>>;

function readLine(line: string): Fields {
  let vector: unknown;
  try {
    vector = parseJson(line);
  } catch {
    throw new OAuth1Refusal('not_json', 'The line is not JSON');
  }
  if (!isPlainObject(vector)) throw invalid('', 'an object');
  return vector;
}

function readRequest(vector: Fields): SignableRequest {
  const request = section(vector, 'request', ['method', 'url', 'headers', 'body', 'bodyBase64']);
  const headers = request.headers ?? {};
  if (!isPlainObject(headers)) throw invalid('request.headers', 'an object of texts');
  return {
    method: text(request, 'request', 'method'),
    url: text(request, 'request', 'url'),
    headers: Object.keys(headers).map((name) => [name, text(headers, 'request.headers', name)] as const),
    body: readBody(request),
  };
}

function readBody(request: Fields): Uint8Array | null {
  const body = optionalText(request, 'request', 'body');
  const base64 = optionalText(request, 'request', 'bodyBase64');
  if (base64 !== undefined) {
    const bytes = Buffer.from(base64, 'base64');
    const isBase64 = bytes.toString('base64').replace(/=+$/, '') === base64.replace(/=+$/, '');
    if (!isBase64 || body !== undefined) throw invalid('request.bodyBase64', 'base64, and body null');
    return bytes;
  }
  if (body === undefined) return null;
  checkEncodable(body, 'The body');
  return Buffer.from(body);
}

function readCredentials(vector: Fields): SigningCredentials {
  const keys = ['consumerKey', 'consumerSecret', 'token', 'tokenSecret', 'rsaPrivateKeyPem'];
  const credentials = section(vector, 'credentials', keys);
  const read = (key: string) => optionalText(credentials, 'credentials', key);
  return {
    consumerKey: read('consumerKey') ?? '',
    consumerSecret: read('consumerSecret') ?? null,
    token: read('token') ?? null,
    tokenSecret: read('tokenSecret') ?? null,
    rsaPrivateKey: read('rsaPrivateKeyPem') ?? null,
  };
}

function readParams(vector: Fields): SigningParams {
  const optional = ['version', 'callback', 'verifier', 'realm', 'bodyHash'];
  const params = section(vector, 'params', ['nonce', 'timestamp', 'signatureMethod', ...optional]);
  if (typeof params.timestamp !== 'number') throw invalid('params.timestamp', 'a number');
  return {
    nonce: text(params, 'params', 'nonce'),
    timestamp: params.timestamp,
    signatureMethod: text(params, 'params', 'signatureMethod'),
    version: optionalText(params, 'params', 'version'),
    callback: optionalText(params, 'params', 'callback'),
    verifier: optionalText(params, 'params', 'verifier'),
    realm: optionalText(params, 'params', 'realm'),
    bodyHash: optionalText(params, 'params', 'bodyHash'),
  };
}

/** Unknown keys are refused: a misspelt `bodyhash` must not become a signature without one. */
function section(vector: Fields, name: string, known: readonly string[]): Fields {
  const fields = vector[name];
  if (!isPlainObject(fields)) throw invalid(name, 'an object');
  const unknown = Object.keys(fields).find((key) => !known.includes(key));
  if (unknown !== undefined) {
    throw new OAuth1Refusal('vector_invalid', `${name} has a key that is not one of ${known.join(', ')}`);
  }
  return fields;
}

function text(fields: Fields, where: string, key: string): string {
  const value = fields[key];
  if (typeof value !== 'string') throw invalid(`${where}.${key}`, 'a text');
  return value;
}

function optionalText(fields: Fields, where: string, key: string): string | undefined {
  const value = fields[key];
  return value === undefined || value === null ? undefined : text(fields, where, key);
}

function invalid(where: string, wanted: string): OAuth1Refusal {
  return new OAuth1Refusal('vector_invalid', `${where === '' ? 'The line' : where} is not ${wanted}`);
}
