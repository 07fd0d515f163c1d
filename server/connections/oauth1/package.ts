/** The one file that touches oauth-1.0a. It is only ever handed what it cannot misread. Pure. */
import OAuth from 'oauth-1.0a';
import type { Pair, Parameter } from './parameters.ts';

/** Name -> value, or values where the name repeats. */
type Data = Record<string, string | string[]>;

/** The part of the package we call; its own types misname options and lack `percentEncodeData`. */
interface OAuthPackage {
  percentEncode(text: string): string;
  percentEncodeData(data: Data): Data;
  getSignature(request: object, tokenSecret: string, oauthData: Data): string;
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
  oauth.percentEncode = percentEncode;
  oauth.percentEncodeData = encodeData;
  const request = { method: percentEncode(input.method), url: input.baseUrl };
  const signature = oauth.getSignature(request, input.tokenSecret, groupByName(input.parameters));
  return { baseString, signature };
}

/** The Authorization header of these protocol parameters (RFC 5849 §3.5.1), sorted by name, without a realm. */
export function headerWithPackage(protocol: readonly Pair[]): string {
  return utility.toHeader(Object.fromEntries(protocol)).Authorization;
}

/** Percent-encoding of RFC 5849 §3.6. Most names and values are made of characters that it leaves alone. */
export function percentEncode(text: string): string {
  return unreserved.test(text) ? text : encodeWithPackage(text);
}

const unreserved = /^[\w.~-]*$/;

/** Never signs; holds no secret. */
const utility = new Package({
  consumer: { key: '', secret: '' },
  signature_method: 'none',
  hash_function: () => '',
});
const encodeWithPackage = utility.percentEncode;
utility.percentEncode = percentEncode;

/** Without a prototype, so that a parameter named `__proto__` or `constructor` is one like any other. */
function groupByName(parameters: readonly Parameter[]): Data {
  const groups: Data = Object.create(null);
  for (const { name, value } of parameters) {
    const there = groups[name];
    if (there === undefined) groups[name] = value;
    else if (typeof there === 'string') groups[name] = [there, value];
    else there.push(value);
  }
  return groups;
}

function encodeData(data: Data): Data {
  const encoded: Data = Object.create(null);
  for (const name of Object.keys(data)) {
    const value = data[name] ?? '';
    encoded[percentEncode(name)] =
      typeof value === 'string' ? percentEncode(value) : value.map(percentEncode);
  }
  return encoded;
}
