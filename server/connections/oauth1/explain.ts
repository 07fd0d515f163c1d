/** The explanation of a signature that was made: what was signed, secrets masked. Pure. */
import { maskSecrets } from '../../delivery/redact.ts';
import { isSecret, mask, maskBaseString, maskNormalized } from './base-string.ts';
import { type BaseStringDifference, compareBaseStrings } from './difference.ts';
import { parseOAuthHeader } from './header.ts';
import { headerWithPackage, signWithPackage } from './package.ts';
import {
  baseUrlOf,
  type Pair,
  type Parameter,
  readMethod,
  readParameters,
  readUrl,
  type SignableRequest,
} from './parameters.ts';
import { withRealm } from './sign.ts';
import { signatureMethodNames } from './signature-method.ts';

export interface SignatureExplanation {
  signatureMethod: string;
  /** Null for PLAINTEXT and methods that are not ours; so is `normalizedParameters`. */
  baseString: string | null;
  normalizedParameters: string | null;
  /** Every parameter sent, decoded, the signature and the realm (which are not signed) among them. */
  parameters: Parameter[];
  /** Shape of the signing key: `[masked, N characters]&[masked, M characters]`. */
  key: string;
  /** Null where the protocol parameters travelled in query or body. */
  header: string | null;
  /** From the base string of the remote side; null where none was given, or the method has none. */
  difference: BaseStringDifference | null;
}

/** Secrets whose length is shown; null or absent where they are not known. */
export interface KnownSecrets {
  consumerSecret?: string | null;
  tokenSecret?: string | null;
  /** Whose secret it is: a request sent with another token, as in the steps of a link, was signed with another secret. */
  token?: string;
  /** What must not appear in any value, beside the parameters that are masked by their names. */
  hidden?: readonly string[];
}

/**
 * Explains a request as it was sent, with its protocol parameters in header, query or form body; undefined
 * where it carries no OAuth 1.0a signature or cannot be read. `theirs`: the base string that the remote side made.
 */
export function explainSignature(
  request: SignableRequest,
  secrets: KnownSecrets,
  theirs?: string,
): SignatureExplanation | undefined {
  const sent = readSent(request);
  if (!sent) return undefined;
  const { url, parameters, header } = sent;
  const signatureMethod = parameters.find(({ name }) => name === 'oauth_signature_method')?.value ?? '';
  const isSigned = parameters.some(({ name }) => name === 'oauth_signature');
  if (!isSigned) return undefined;
  const hasBase = signatureMethod !== 'PLAINTEXT' && signatureMethodNames.some((n) => n === signatureMethod);
  const { baseString } = signWithPackage({
    method: readMethod(request.method),
    baseUrl: baseUrlOf(url),
    parameters: parameters.filter(isSignedParameter),
    signatureMethod: 'explained',
    consumerSecret: '',
    tokenSecret: '',
    sign: () => '',
  });
  const hidden = [
    ...(secrets.hidden ?? []),
    ...parameters.filter(isSecretParameter).map(({ value }) => value),
  ];
  const show = (text: string) => maskSecrets(text, hidden);
  return {
    signatureMethod,
    baseString: hasBase ? show(maskBaseString(baseString)) : null,
    normalizedParameters: hasBase ? show(maskNormalized(baseString)) : null,
    parameters: parameters.map((p) => ({
      ...p,
      value: isSecretParameter(p) ? mask(p.value) : show(p.value),
    })),
    key: signatureMethod.startsWith('RSA-') ? '[RSA private key]' : keyShape(secrets, parameters),
    header: header && show(maskHeader(header)),
    difference:
      hasBase && theirs !== undefined ? compareBaseStrings(baseString, theirs, parameters, hidden) : null,
  };
}

/** The explanation as labelled lines, for a page or an API. */
export function explanationLines(explained: SignatureExplanation): { label: string; value: string }[] {
  const lines: [label: string, value: string | null][] = [
    ['Signature method', explained.signatureMethod],
    ...explained.parameters.map(({ name, value, origin }): [string, string] => [
      `${name} (${origin})`,
      value,
    ]),
    ['Normalised parameters', explained.normalizedParameters],
    ['Base string', explained.baseString],
    ['Signing key', explained.key],
    ['Authorization header', explained.header],
  ];
  return lines.flatMap(([label, value]) => (value === null ? [] : [{ label, value }]));
}

function readSent(request: SignableRequest) {
  try {
    const url = readUrl(request.url);
    const authorization = request.headers.find(([name]) => name.toLowerCase() === 'authorization')?.[1];
    const header = authorization === undefined ? undefined : parseOAuthHeader(authorization);
    const carried = readParameters(url, request);
    const inHeader = (header ?? []).map(([name, value]) => ({ name, value, origin: 'protocol' }) as const);
    return { url, parameters: [...carried, ...inHeader], header: header ?? null };
  } catch {
    return undefined;
  }
}

/** RFC 5849 §3.4.1.3.1: neither the signature nor the header's realm; a realm in the query is signed. */
function isSignedParameter({ name, origin }: Parameter): boolean {
  return name !== 'oauth_signature' && !(origin === 'protocol' && name === 'realm');
}

function isSecretParameter({ name }: Parameter): boolean {
  return isSecret(name);
}

function keyShape(
  { consumerSecret, tokenSecret, token }: KnownSecrets,
  parameters: readonly Parameter[],
): string {
  const sent = parameters.find(({ name }) => name === 'oauth_token')?.value;
  const ofSent = token === undefined || token === sent ? tokenSecret : null;
  const shape = (secret: string | null | undefined) =>
    typeof secret === 'string' ? mask(secret) : '[not known]';
  return `${shape(consumerSecret)}&${shape(sent === undefined ? '' : ofSent)}`;
}

function maskHeader(header: readonly Pair[]): string {
  const realm = header.find(([name]) => name === 'realm')?.[1];
  const plain = header.filter(([name]) => !isSecret(name) && name !== 'realm');
  const masked = header.filter(([name]) => isSecret(name));
  // Sorted by name as the header was; the masks are no percent-encoded text and stand for themselves.
  const parts = headerWithPackage(plain).slice('OAuth '.length).split(', ').filter(Boolean);
  parts.push(...masked.map(([name, value]) => `${name}="${mask(value)}"`));
  return withRealm(`OAuth ${parts.sort().join(', ')}`, realm);
}
