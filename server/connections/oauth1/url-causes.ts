/** Why the URL in a remote side's base string may differ from ours (RFC 5849 §3.4.1.2). Pure. */
import { decodeOnce } from './base-string.ts';

interface UrlParts {
  scheme: string;
  host: string;
  port: string;
  path: string;
  query: string;
}

/** One sentence for each part that differs; none where the URLs are the same. */
export function urlCauses(ours: string, theirs: string): string[] {
  if (ours === theirs) return [];
  if (!theirs.includes('://') && decodeOnce(theirs) === ours) return ['They percent-encode the URL twice.'];
  const own = partsOf(ours);
  const other = partsOf(theirs);
  if (!own || !other) return [`Their URL is none: ${JSON.stringify(theirs.slice(0, 80))}.`];
  return [
    ...schemeCauses(own, other),
    ...hostCauses(own, other),
    ...portCauses(own, other),
    ...pathCauses(own, other),
    ...(other.query === '' ? [] : ['They leave the query in the URL; it belongs among the parameters only.']),
  ];
}

function schemeCauses(ours: UrlParts, theirs: UrlParts): string[] {
  if (ours.scheme === theirs.scheme) return [];
  if (ours.scheme === theirs.scheme.toLowerCase()) return ['They do not write the scheme in lower case.'];
  return [
    `They see ${theirs.scheme} where ${ours.scheme} was sent: encryption ends at a proxy in front of them, which does not tell them.`,
  ];
}

function hostCauses(ours: UrlParts, theirs: UrlParts): string[] {
  if (ours.host === theirs.host) return [];
  if (ours.host === theirs.host.toLowerCase()) return ['They do not write the host in lower case.'];
  return [
    `They see the host ${theirs.host}, not ${ours.host}: a proxy in front of them changes the Host header.`,
  ];
}

function portCauses(ours: UrlParts, theirs: UrlParts): string[] {
  if (ours.port === theirs.port) return [];
  if (theirs.port === '') return [`Their port is missing: ${ours.port} is not the default and is signed.`];
  const isDefault = theirs.port === (theirs.scheme.toLowerCase() === 'http' ? '80' : '443');
  if (ours.port === '' && isDefault) return [`They keep the default port ${theirs.port}, which is left out.`];
  return [
    `They see the port ${theirs.port}, not ${ours.port || 'the default'}: a proxy in front of them listens on another.`,
  ];
}

function pathCauses({ path: ours }: UrlParts, { path: theirs }: UrlParts): string[] {
  if (ours === theirs) return [];
  if (`${theirs}/` === ours) return ['Their path lacks the slash at its end.'];
  if (`${ours}/` === theirs) return ['Their path has a slash at its end that was not sent.'];
  if (ours === '/' && theirs === '') return ['They leave the path empty; it is "/" at least.'];
  if (ours === decodeOnce(theirs)) return ['They percent-encode the path, which is encoded already.'];
  if (theirs === decodeOnce(ours)) return ['They decode the path before they sign it.'];
  if (ours.toLowerCase() === theirs.toLowerCase()) return ['Their path has other capitals.'];
  if (ours.endsWith(theirs))
    return [`Their path lacks ${JSON.stringify(ours.slice(0, -theirs.length))}, which a proxy took away.`];
  if (theirs.endsWith(ours))
    return [
      `Their path begins with ${JSON.stringify(theirs.slice(0, -ours.length))}, which a proxy put there.`,
    ];
  return ['Their path is another: a redirect or a proxy changed it on its way.'];
}

function partsOf(url: string): UrlParts | undefined {
  const found = /^([a-z]+):\/\/(\[[^\]]*\]|[^/:?]*)(?::(\d*))?([^?]*)(\?.*)?$/is.exec(url);
  if (!found) return undefined;
  const [, scheme = '', host = '', port = '', path = '', query = ''] = found;
  return { scheme, host, port, path, query };
}
