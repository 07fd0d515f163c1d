/** Request tokens and access tokens, in memory. Gets its clock and randomness from the caller. */
import type { AccessLevel, Consumer, User } from './consumer.ts';

/** How long a request token lives. */
export const requestTokenLifeMs = 15 * 60_000;

/** Between the first leg and the third. `user` and `verifier` are there once the person has approved. */
export interface RequestToken {
  token: string;
  secret: string;
  consumer: Consumer;
  callback: string;
  /** Most that the app asked for. */
  accessLevel: AccessLevel;
  expiresAt: number;
  approved?: { user: User; verifier: string };
}

/** What an app signs with on behalf of a person. */
export interface AccessToken {
  token: string;
  secret: string;
  consumer: Consumer;
  user: User;
  accessLevel: AccessLevel;
}

export type Tokens = ReturnType<typeof createTokens>;

/** The token store. Expired request tokens are forgotten whenever one is issued. */
export function createTokens(randomBytes: (size: number) => Uint8Array) {
  const requests = new Map<string, RequestToken>();
  const accesses = new Map<string, AccessToken>();
  const text = (size: number) => Buffer.from(randomBytes(size)).toString('base64url');

  return {
    issueRequest(consumer: Consumer, callback: string, accessLevel: AccessLevel, now: number): RequestToken {
      for (const [token, old] of requests) if (old.expiresAt <= now) requests.delete(token);
      const issued = {
        token: text(20),
        secret: text(24),
        consumer,
        callback,
        accessLevel,
        expiresAt: now + requestTokenLifeMs,
      };
      requests.set(issued.token, issued);
      return issued;
    },
    findRequest(token: string, now: number): RequestToken | undefined {
      const found = requests.get(token);
      return found && found.expiresAt > now ? found : undefined;
    },
    /** The verifier is a number to type when there is no callback to carry it. */
    approve(request: RequestToken, user: User, accessLevel: AccessLevel): string {
      const pin = () => String(Buffer.from(randomBytes(4)).readUInt32BE() % 10_000_000).padStart(7, '0');
      const verifier = request.callback === 'oob' ? pin() : text(24);
      request.accessLevel = accessLevel;
      request.approved = { user, verifier };
      return verifier;
    },
    dropRequest(token: string): void {
      requests.delete(token);
    },
    /** The same token again for the same app, person and level, as Twitter does; else a new one. */
    issueAccess(consumer: Consumer, user: User, accessLevel: AccessLevel): AccessToken {
      for (const old of accesses.values()) {
        if (old.consumer === consumer && old.user === user && old.accessLevel === accessLevel) return old;
      }
      const issued = { token: `${user.id}-${text(18)}`, secret: text(24), consumer, user, accessLevel };
      accesses.set(issued.token, issued);
      return issued;
    },
    findAccess(token: string): AccessToken | undefined {
      return accesses.get(token);
    },
    revoke(token: string): void {
      accesses.delete(token);
    },
    /** Takes from an app every token of one person. */
    revokeAll(consumer: Consumer, user: User): void {
      for (const [token, old] of accesses)
        if (old.consumer === consumer && old.user === user) accesses.delete(token);
    },
  };
}
