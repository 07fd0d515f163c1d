/** Why a remote side's base string may differ from ours: sentences for a person, likeliest first. Pure. */
import { type BaseStringParts, decodeOnce, type EncodedPair, readBaseString } from './base-string.ts';
import type { Parameter } from './parameters.ts';
import { urlCauses } from './url-causes.ts';
import { showName, valueCause } from './value-causes.ts';

export interface Comparison {
  parameters: readonly Parameter[];
  /** Theirs is the beginning of ours, and stops within a parameter. */
  endsEarly: boolean;
  /** It stops between two of them, so that it may be cut, or whole without those that follow. */
  endsBetween: boolean;
}

/** More would bury the first. */
const most = 5;

/** Never empty. Of hidden values nothing is told but that they differ. */
export function guessCauses(ours: string, theirs: string, comparison: Comparison): string[] {
  const own = readBaseString(ours);
  const other = readBaseString(theirs);
  if (!own) return ['Our own base string cannot be read.'];
  if (comparison.endsEarly) return ['What was pasted ends early; paste all of it.'];
  if (/^[A-Z]+&https?:\/\//i.test(theirs)) return [rawUrl];
  if (!other) return [shapeCause(own, theirs)];
  const causes = [
    ...methodCauses(own.method, other.method),
    ...urlCauses(own.url, other.url),
    ...parameterCauses(own, other, comparison.parameters),
  ];
  if (comparison.endsBetween) causes.splice(1, 0, 'Or what was pasted ends early.');
  return causes.length > 0
    ? causes.slice(0, most)
    : ['Both mean the same and are spelled differently: compare the escapes.'];
}

const rawUrl =
  'Their URL is not percent-encoded: each of the three parts must be, before & joins them (RFC 5849 §3.4.1.1).';

function shapeCause({ pairs }: BaseStringParts, theirs: string): string {
  if (theirs === pairs.map(({ name, value }) => `${name}=${value}`).join('&')) {
    return 'This is the parameter string alone, and the same as ours. Paste the whole base string: it begins with the method.';
  }
  return 'This is no base string: one is METHOD&URL&PARAMETERS, each part percent-encoded. Look for "base string" in what the remote side says or logs.';
}

function methodCauses(ours: string, theirs: string): string[] {
  if (ours === theirs) return [];
  if (ours === theirs.toUpperCase()) return ['They sign the method as it came, not in upper case.'];
  return [
    `They sign ${theirs.slice(0, 20)} where ${ours} was sent: a redirect, a proxy or a method override changed it on its way.`,
  ];
}

function parameterCauses(
  ours: BaseStringParts,
  theirs: BaseStringParts,
  parameters: readonly Parameter[],
): string[] {
  if (theirs.isBroken) return ['Their parameters hold a broken percent-escape; paste the text unchanged.'];
  const missing = without(ours.pairs, theirs.pairs);
  const added = without(theirs.pairs, ours.pairs);
  if (missing.length === 0 && added.length === 0) return orderCauses(ours.pairs, theirs.pairs);
  if (theirs.pairs.length === 1 && ours.pairs.length > 1 && added[0]?.name.includes('%3D')) {
    return ['They percent-encode the parameter string twice before they join the parts.'];
  }
  const originOf = (pair: EncodedPair) =>
    parameters.find(({ name }) => name === decodeOnce(pair.name))?.origin;
  if (isOtherRequest(missing, added)) {
    return [
      'This base string belongs to another request: its timestamp or nonce is not the one that was sent.',
    ];
  }
  const changed = missing.flatMap((pair) => {
    const at = added.findIndex(({ name }) => isSameName(name, pair.name));
    return at < 0 ? [] : [{ pair, theirs: added.splice(at, 1)[0] ?? pair }];
  });
  const gone = missing.filter((pair) => !changed.some((change) => change.pair === pair));
  return [
    ...changed.map(({ pair, theirs: other }) => valueCause(pair, other, originOf(pair))),
    ...goneCauses(gone, theirs.pairs, originOf),
    ...added.map((pair) => addedCause(pair, ours.pairs)),
  ];
}

/** What is in `pairs` and not in `others`, repeated pairs counted. */
function without(pairs: readonly EncodedPair[], others: readonly EncodedPair[]): EncodedPair[] {
  const left = others.map(({ name, value }) => `${name}=${value}`);
  return pairs.filter(({ name, value }) => {
    const at = left.indexOf(`${name}=${value}`);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
}

function isSameName(theirs: string, ours: string): boolean {
  return theirs === ours || decodeOnce(theirs) === decodeOnce(ours) || decodeOnce(theirs) === ours;
}

function isOtherRequest(missing: readonly EncodedPair[], added: readonly EncodedPair[]): boolean {
  const names = ['oauth_timestamp', 'oauth_nonce'];
  return names.some((name) => [missing, added].every((pairs) => pairs.some((pair) => pair.name === name)));
}

function goneCauses(
  gone: readonly EncodedPair[],
  theirs: readonly EncodedPair[],
  originOf: (pair: EncodedPair) => Parameter['origin'] | undefined,
): string[] {
  const doubled = gone.find(({ name }) => theirs.some((pair) => pair.name === name));
  if (doubled) return [`They keep one value only of ${named(doubled)}, which was sent more than once.`];
  return (['query', 'body', 'protocol'] as const).flatMap((origin) => {
    const names = gone.filter((pair) => originOf(pair) === origin).map(named);
    if (names.length === 0) return [];
    const listed = names.length > 6 ? `${names.slice(0, 6).join(', ')} and others` : names.join(', ');
    return [
      `They left out the ${origin} parameter${names.length > 1 ? 's' : ''} ${listed}${whyGone[origin]}`,
    ];
  });
}

const whyGone = {
  query: ': they sign the form only, or a proxy took the query away.',
  body: ': they do not read the form, because of its Content-Type or its method.',
  protocol: '; the record of the service can say what is sent (oauth_version, body_hash).',
} as const;

function addedCause(pair: EncodedPair, ours: readonly EncodedPair[]): string {
  if (pair.name === 'oauth_signature')
    return 'They sign the signature itself, which is left out of the base string.';
  if (pair.name === 'realm') return 'They sign the realm, which is left out of the base string.';
  if (/^%7B|^%5B|^%3C/i.test(pair.name)) {
    return 'They read the body as a form, though it is JSON or XML; only forms are signed.';
  }
  if (pair.name === '' && pair.value === '')
    return 'They sign an empty parameter: a bare ?, or a & too many in the query.';
  if (ours.some(({ name }) => name === pair.name))
    return `They count ${named(pair)} twice, in query and body perhaps.`;
  return `They count the parameter ${named(pair)}, which was not sent: something on the way added it.`;
}

function orderCauses(ours: readonly EncodedPair[], theirs: readonly EncodedPair[]): string[] {
  const spell = (pairs: readonly EncodedPair[]) =>
    pairs.map(({ name, value }) => `${name}=${value}`).join('&');
  if (spell(ours) === spell(theirs)) return [];
  const decoded = [...theirs].sort((a, b) => compare(decodeOnce(a.name), decodeOnce(b.name)));
  if (spell(decoded) === spell(theirs)) {
    return [
      'They sort the parameters by their decoded names; RFC 5849 §3.4.1.3.2 sorts them after encoding.',
    ];
  }
  const byName = [...theirs].sort((a, b) => compare(a.name, b.name));
  if (spell(byName) === spell(theirs)) return ['They do not sort the values of a name that repeats.'];
  return ['They have the same parameters in another order: they must be sorted by encoded name, then value.'];
}

function named({ name }: EncodedPair): string {
  return showName(decodeOnce(name));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
