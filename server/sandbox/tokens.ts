/** Request tokens and access tokens, in memory. Gets its clock and randomness from the caller. */
import type { AccessLevel, Consumer, User } from './consumer.ts';
import type { TokenTimes } from './lifetime.ts';

/** How long a request token lives. */
export const requestTokenLifeMs = 15 * 60_000;

/** Between the first leg and the third. `approved` is there once the person has said yes. */
export interface RequestToken {
  token: string;
  secret: string;
  consumer: Consumer;
  /** `oob` when a PIN is shown; null until the consent address tells it. */
  callback: string | null;
  /** Most that the app asked for. */
  accessLevel: AccessLevel;
  expiresAt: number;
  approved?: Approval;
}

/** What a person said. `endsAt`: when the access token shall end, null for never. */
export interface Approval {
  user: User;
  verifier: string;
  endsAt: number | null;
}

/** What an app signs with on behalf of a person. */
export interface AccessToken extends TokenTimes {
  token: string;
  secret: string;
  consumer: Consumer;
  user: User;
  accessLevel: AccessLevel;
  /** Good for another token while it lives. */
  handle?: { value: string; endsAt: number };
}

/** What an access token is made of; a token at hand is taken as it is. */
export type NewAccess = Pick<AccessToken, 'consumer' | 'user' | 'accessLevel' | 'issuedAt' | 'endsAt'> & {
  handleEndsAt?: number;
  /** What token and secret end with. */
  ending?: string;
  own?: { token: string; secret: string };
};

export type Tokens = ReturnType<typeof createTokens>;

/** `reuses`: the same token again for the same app, person and level, as Twitter does. */
export function createTokens(randomBytes: (size: number) => Uint8Array, { reuses }: { reuses: boolean }) {
  const requests = new Map<string, RequestToken>();
  const accesses = new Map<string, AccessToken>();
  const revoked = new Set<string>();
  const text = (size: number) => Buffer.from(randomBytes(size)).toString('base64url');

  function findSame({ consumer, user, accessLevel, own, ending }: NewAccess): AccessToken | undefined {
    if (!reuses || own || ending) return undefined;
    return [...accesses.values()].find(
      (old) => old.consumer === consumer && old.user === user && old.accessLevel === accessLevel,
    );
  }
  function revoke(token: string): void {
    if (accesses.delete(token)) revoked.add(token);
  }

  return {
    /** Expired ones are forgotten whenever one is issued. */
    issueRequest(
      {
        ending,
        ...request
      }: Pick<RequestToken, 'consumer' | 'callback' | 'accessLevel'> & { ending: string },
      now: number,
    ): RequestToken {
      for (const [token, old] of requests) if (old.expiresAt <= now) requests.delete(token);
      const issued = {
        ...request,
        token: text(20) + ending,
        secret: text(24) + ending,
        expiresAt: now + requestTokenLifeMs,
      };
      requests.set(issued.token, issued);
      return issued;
    },
    findRequest(token: string, now: number): RequestToken | undefined {
      const found = requests.get(token);
      return found && found.expiresAt > now ? found : undefined;
    },
    /** A random verifier for callbacks. */
    newVerifier: (): string => text(24),
    /** A random number to type. */
    newPin: (digits: number): string =>
      String(Buffer.from(randomBytes(6)).readUIntBE(0, 6) % 10 ** digits).padStart(digits, '0'),
    dropRequest(token: string): void {
      requests.delete(token);
    },
    issueAccess(made: NewAccess): AccessToken {
      const same = findSame(made);
      if (same) return same;
      const { own, handleEndsAt, ending = '', ...others } = made;
      const issued = {
        token: own?.token ?? `${made.user.id}-${text(18)}${ending}`,
        secret: own?.secret ?? `${text(24)}${ending}`,
        ...others,
        usedAt: made.issuedAt,
        ...(handleEndsAt !== undefined && { handle: { value: text(18), endsAt: handleEndsAt } }),
      };
      accesses.set(issued.token, issued);
      return issued;
    },
    findAccess(token: string): AccessToken | undefined {
      return accesses.get(token);
    },
    /** By the half of it that a service takes as a key. */
    findByKey(half: 'token' | 'secret', key: string): AccessToken | undefined {
      return [...accesses.values()].find((access) => access[half] === key);
    },
    revoke,
    /** Ends a token that another one takes the place of. */
    end: (token: string): boolean => accesses.delete(token),
    /** Whether a token was good once and ended by a person's will. */
    isRevoked: (token: string): boolean => revoked.has(token),
    /** Takes from an app every token of one person. */
    revokeAll(consumer: Consumer, user: User): void {
      for (const [token, old] of accesses) if (old.consumer === consumer && old.user === user) revoke(token);
    },
  };
}
