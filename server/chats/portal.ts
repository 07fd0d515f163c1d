/** A chat portal: an address where visitors talk with a bot, and the sites that may show it. Pure. */
import { HubError } from '../errors.ts';

export const portalContext = 'cerberusweb.contexts.portal';

export interface Portal {
  name: string;
  botId: string;
  /** What its bot is asked to do; '': its behaviors for visitors' messages are run. */
  interaction: string;
  /** Origins whose pages may frame it; none: it is only shown by itself. */
  sites: string[];
  isEnabled: boolean;
}

export interface PortalRecord extends Portal {
  id: string;
  /** The last part of its address: no secret, and not to be guessed. */
  token: string;
  createdAt: number;
  updatedAt: number;
}

/** Origins, one a line, as browsers compare them. Throws `bad_request` naming the line that is none. */
export function readSites(text: string): string[] {
  const lines = text.split(/\r?\n/).flatMap((line) => line.trim() || []);
  if (lines.length > 50) throw new HubError('bad_request', 'A portal is framed by at most 50 sites.');
  return [...new Set(lines.map(readSite))];
}

function readSite(line: string): string {
  const url = URL.canParse(line) ? new URL(line) : undefined;
  const isOrigin =
    url !== undefined &&
    ['https:', 'http:'].includes(url.protocol) &&
    url.pathname === '/' &&
    url.search + url.hash + url.username + url.password === '' &&
    // A wildcard, a list or a quote would change the header's meaning.
    /^[a-z0-9.[\]:-]+$/.test(url.host);
  const isLocal = url !== undefined && /^(localhost|127\.0\.0\.1|\[::1\])$/.test(url.hostname);
  if (!isOrigin || (url.protocol === 'http:' && !isLocal)) {
    throw new HubError(
      'bad_request',
      `"${line}" is no site: write https:// and its host, such as https://www.example.com.`,
    );
  }
  return url.origin;
}

/** Where visitors find it. */
export function addressOf(origin: string, { token }: Pick<PortalRecord, 'token'>): string {
  return `${origin}/chat/${token}`;
}

/** What a site's page takes in to show the portal. */
export function snippetOf(origin: string, portal: Pick<PortalRecord, 'token' | 'name'>): string {
  const title = portal.name.replace(/[&<>"]/g, (character) => `&#${character.codePointAt(0)};`);
  return `<iframe src="${addressOf(origin, portal)}" title="${title}" width="380" height="560" style="border: 0"></iframe>`;
}
