/** What features say about their pages and API calls: plain values in, plain values out. No Koa in features. */
import type { ZodType } from 'zod';
import type { Actor } from '../people/actor.ts';

export type WorkerActor = Extract<Actor, { kind: 'worker' }>;

/** One request of a person's browser. */
export interface Visit {
  /** Values of `:name` in the route's path. */
  params: Readonly<Record<string, string>>;
  query: URLSearchParams;
  /** Fields of the form sent; empty for GET. A file is a `File`. */
  form: FormData;
  /** The signed-in worker; `undefined` only on public pages. */
  worker: WorkerActor | undefined;
  /**
   * SHA-256, base64url, of this browser's one random cookie. On a GET that came without it the cookie is made,
   * so it is always there; it outlives sign-in and sign-out.
   */
  browserHash: string;
  /** SHA-256 of the session id, for signing out; undefined when nobody is signed in. */
  sessionHash: string | undefined;
  /** Address of the caller, after COUNTERSIGN_TRUST_PROXY. */
  ip: string;
  /** Aborted when the browser goes away. */
  signal: AbortSignal;
}

/** What a page answers. */
export type PageAnswer =
  | {
      /** Template below views/, without extension: 'connections/account'. */
      view: string;
      /** Plain values for the template; `title` names the page in the head. */
      model: { title: string } & Record<string, unknown>;
      status?: number;
      /** Origins that forms of this page may lead to beside our own (CSP form-action). */
      formActions?: readonly string[];
    }
  | {
      /** 303 to a path of our own, or, with `outside`, to the remote service. */
      redirect: string;
      outside?: boolean;
      /** A sentence shown once on the next page. */
      notice?: string;
      /** Session to begin or end. */
      session?: { begin: string } | { end: true };
    }
  | { download: Uint8Array; filename: string; contentType: string }
  /** Server-sent events: one `data:` line for each value, a comment for an empty one, until the browser goes away. */
  | { events: AsyncIterable<string> };

export interface PageRoute {
  method: 'GET' | 'POST';
  path: string;
  /** 'public' needs no sign-in; others redirect to sign-in (GET) or answer 401; 'admin' answers 403 to workers. */
  access: 'public' | 'worker' | 'admin';
  /**
   * Forms carry the CSRF field of the partial `{{> csrf}}` and it is checked before `handle`. False only where the
   * address itself is the secret and the Origin header is checked in its place (the API's link address).
   */
  csrf?: false;
  /** Largest body accepted, in bytes; default 1 MiB. */
  maxBodyBytes?: number;
  /** The address holds what nobody else may learn (a verifier): no Referer goes out, not even to our own pages. */
  hidesAddress?: true;
  handle(visit: Visit): Promise<PageAnswer> | PageAnswer;
}

/** A request of a remote service on an address of its own: raw, without cookies, forms or redirects. */
export interface HookCall {
  method: string;
  params: Readonly<Record<string, string>>;
  /** As it came, without the query. */
  path: string;
  /** As it came, without the question mark. */
  rawQuery: string;
  /** Lower-case names; of a repeated one the values joined by ', '. */
  headers: Readonly<Record<string, string>>;
  body: Uint8Array;
  ip: string;
}

export interface HookRoute {
  /** 'any': whatever method comes. */
  method: 'GET' | 'POST' | 'any';
  path: string;
  maxBodyBytes: number;
  handle(call: HookCall): Promise<{
    status: number;
    contentType?: string;
    body?: string;
    retryAfterSeconds?: number;
    /** Set over those that every answer has. */
    headers?: readonly (readonly [name: string, value: string])[];
    /** Where a person's browser that came to the wrong address is sent; no remote service ever is. */
    location?: string;
  }>;
}

/** One call of a program. */
export interface ApiCall<Body = unknown> {
  params: Readonly<Record<string, string>>;
  query: URLSearchParams;
  body: Body;
  actor: Actor;
  signal: AbortSignal;
}

export interface ApiAnswer {
  status?: number;
  /** Written losslessly; `undefined` only with 204. */
  body: unknown;
}

/** A call below /api/v1; also the source of openapi.json. */
export interface ApiRoute<Body = unknown> {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Below /api/v1: '/connected-accounts/:id/link'. */
  path: string;
  summary: string;
  /** 'admin': admin keys only (others 403). 'key': any key; the handler asks `mayUse…` itself. */
  access: 'admin' | 'key';
  /** Strict schema of the JSON body; without it a body is not read. */
  body?: ZodType<Body>;
  /** Honours Idempotency-Key. */
  keepsAnswer?: boolean;
  handle(call: ApiCall<Body>): Promise<ApiAnswer>;
}

/** Keeps the body's type between schema and handler while the table holds routes of every body. */
export function apiRoute<Body>(route: ApiRoute<Body>): ApiRoute {
  // The adapter hands `handle` only what `body` parsed, so the narrower parameter type holds.
  return route as unknown as ApiRoute;
}
