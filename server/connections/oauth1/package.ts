/** The one file that touches oauth-1.0a. It is only ever handed what it cannot misread. Pure. */
import OAuth from 'oauth-1.0a';
import type { Pair, Parameter } from './parameters.ts';

/** The part of the package we call; its own types misname options and lack `percentEncodeData`. */
interface OAuthPackage {
  percentEncode(text: string): string;
  percentEncodeData(data: Record<string, string[]>): Record<string, string[]>;
  getSignature(request: object, tokenSecret: string, oauthData: object): string;
  toHeader(oauthData: Record<string, string>): { Authorization: string };
}

interface PackageOptions {
  consumer: { key: string; secret: string };
  signature_method: string;
  hash_function: (baseString: string, key: string) => string;
}

// The cast swaps the package's own declaration for the interface above, which its code fulfils.
const Package = OAuth as unknown as new (options: PackageOptions) => OAuthPackage;

/** What is signed. `sign` gets the base string and the signing key, both made by the package. */
export interface PackageInput {
  method: string;
  /** Without query and fragment, so that the package's query parser has nothing to read. */
  baseUrl: string;
  parameters: readonly Parameter[];
  signatureMethod: string;
  consumerSecret: string;
  tokenSecret: string;
  sign: (baseString: string, key: string) => string;
}

/**
 * Base string and signature. Every parameter goes in decoded as name -> values, protocol parameters among
 * them: the package's merging, its handling of body hashes and its reading of URLs are never reached.
 */
export function signWithPackage(input: PackageInput): { baseString: string; signature: string } {
  let baseString = '';
  const oauth = new Package({
    consumer: { key: '', secret: input.consumerSecret },
    signature_method: input.signatureMethod,
    hash_function: (text, key) => {
      baseString = text;
      return input.sign(text, key);
    },
  });
  oauth.percentEncodeData = (data) => encodeData(data, oauth.percentEncode);
  const signature = oauth.getSignature(
    { method: oauth.percentEncode(input.method), url: input.baseUrl, data: groupByName(input.parameters) },
    input.tokenSecret,
    Object.create(null),
  );
  return { baseString, signature };
}

/** The Authorization header of these protocol parameters (RFC 5849 §3.5.1), sorted by name, without a realm. */
export function headerWithPackage(protocol: readonly Pair[]): string {
  return utility.toHeader(Object.fromEntries(protocol)).Authorization;
}

/** Percent-encoding of RFC 5849 §3.6. */
export function percentEncode(text: string): string {
  return utility.percentEncode(text);
}

/** Never signs; holds no secret. */
const utility = new Package({
  consumer: { key: '', secret: '' },
  signature_method: 'none',
  hash_function: () => '',
});

/** Without a prototype, so that a parameter named `__proto__` or `constructor` is one like any other. */
function groupByName(parameters: readonly Parameter[]): Record<string, string[]> {
  const groups: Record<string, string[]> = Object.create(null);
  for (const { name, value } of parameters) {
    const values = groups[name];
    if (values) values.push(value);
    else groups[name] = [value];
  }
  return groups;
}

function encodeData(
  data: Record<string, string[]>,
  encode: (text: string) => string,
): Record<string, string[]> {
  const encoded: Record<string, string[]> = Object.create(null);
  for (const name of Object.keys(data)) encoded[encode(name)] = (data[name] ?? []).map(encode);
  return encoded;
}
