/** What the sandbox was asked and what it checked. Holds no secret: no query, body, token or signature. */
import type { EndpointName } from './endpoint.ts';

export interface JournalEntry {
  /** ISO 8601, by the sandbox's clock. */
  at: string;
  method: string;
  host: string;
  path: string;
  /** What the address is for, where it is one of the service's own. */
  endpoint: EndpointName | null;
  /** Whose request it was, once that is certain: the app's name and the token owner's screen name. */
  authenticated: { consumer: string; user: string | null } | null;
  /** The checks that held, in order: 'consumer', 'token', 'signature HMAC-SHA1', 'timestamp', 'nonce', 'callback', ... */
  verified: string[];
  /** The check that failed. */
  refused: string | null;
  /** Twitter's error code. */
  code: number | null;
  /** Null when nothing was answered. */
  status: number | null;
  /** The fault that was switched on for this request. */
  faults: string[];
  /** Names of the cookies that came along. */
  cookieNames: string[];
}

export type Journal = ReturnType<typeof createJournal>;

/** Keeps the last thousand requests, oldest first. */
export function createJournal() {
  const entries: JournalEntry[] = [];
  return {
    entries: (): readonly JournalEntry[] => entries,
    clear(): void {
      entries.length = 0;
    },
    begin(
      at: number,
      request: Pick<JournalEntry, 'method' | 'host' | 'path' | 'endpoint'> & { cookie: string },
    ): JournalEntry {
      const entry: JournalEntry = {
        at: new Date(at).toISOString(),
        method: request.method,
        host: request.host,
        path: request.path,
        endpoint: request.endpoint,
        authenticated: null,
        verified: [],
        refused: null,
        code: null,
        status: null,
        faults: [],
        cookieNames: cookieNames(request.cookie),
      };
      // Looking at the journal is not worth an entry.
      if (!isControl(request.path) && entries.push(entry) > 1000) entries.shift();
      return entry;
    },
  };
}

/** Paths by which tests and the demo steer the sandbox; no fault touches them. */
export function isControl(path: string): boolean {
  return path.startsWith('/_sandbox/');
}

function cookieNames(cookie: string): string[] {
  return cookie
    .split(';')
    .map((pair) => pair.split('=')[0]?.trim() ?? '')
    .filter((name) => name !== '');
}
