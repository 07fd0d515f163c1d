/** What the sandbox gave out by OAuth 2.0, in memory: consents under way, codes, access and refresh tokens. */
import type { Consumer, User } from './consumer.ts';

/** How this service treats its tokens; changed while it runs by `POST /_sandbox/oauth2`. */
export interface OAuth2Rules {
  lifetimeSeconds: number;
  /** A refresh token is good once, and a new one comes with the access token. */
  rotates: boolean;
  requiresPkce: boolean;
  answers: 'json' | 'form';
  /** Names itself in the callback (RFC 9207). */
  saysIssuer: boolean;
  /** Where an app's secret may travel. */
  clientAuth: 'any' | 'post' | 'basic';
}

export const usualRules: OAuth2Rules = {
  lifetimeSeconds: 7200,
  rotates: true,
  requiresPkce: true,
  answers: 'json',
  saysIssuer: true,
  clientAuth: 'any',
};

/** What an app asks a person for. `browser` is the one that was shown the page, and alone may answer it. */
export interface Asked {
  consumer: Consumer;
  redirectUri: string;
  state: string | undefined;
  scope: string;
  challenge: string | undefined;
  browser: string;
}

/** One person's consent, and all tokens that came of it. Without `user` the app acts for itself. */
export interface Consent {
  consumer: Consumer;
  user: User | null;
  scope: string;
  isRevoked: boolean;
}

interface Code {
  consent: Consent;
  redirectUri: string;
  challenge: string | undefined;
  endsAt: number;
  isUsed: boolean;
}

interface Token {
  consent: Consent;
  kind: 'access' | 'refresh';
  /** Null: until it is replaced. */
  endsAt: number | null;
  isUsed: boolean;
}

const codeLifeMs = 60_000;

export type OAuth2Grants = ReturnType<typeof createOAuth2Grants>;

/** Names and codes are random and long enough that none comes twice. */
export function createOAuth2Grants(randomBytes: (size: number) => Uint8Array) {
  const asked = new Map<string, Asked>();
  const codes = new Map<string, Code>();
  const tokens = new Map<string, Token>();
  const make = (prefix: string) => `${prefix}${Buffer.from(randomBytes(24)).toString('base64url')}`;
  return {
    ask(what: Asked): string {
      const id = make('ask-');
      asked.set(id, what);
      return id;
    },
    /** Once: a page that was answered is no longer valid. */
    takeAsked(id: string): Asked | undefined {
      const what = asked.get(id);
      asked.delete(id);
      return what;
    },
    issueCode({ consumer, scope, redirectUri, challenge }: Asked, user: User, now: number): string {
      const code = make('code-');
      const consent = { consumer, user, scope, isRevoked: false };
      codes.set(code, { consent, redirectUri, challenge, endsAt: now + codeLifeMs, isUsed: false });
      return code;
    },
    findCode: (code: string): Code | undefined => codes.get(code),
    issueToken(consent: Consent, kind: Token['kind'], endsAt: number | null): string {
      const token = make(`${kind}-`);
      tokens.set(token, { consent, kind, endsAt, isUsed: false });
      return token;
    },
    findToken: (token: string): Token | undefined => tokens.get(token),
  };
}
