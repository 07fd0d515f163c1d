/** The closed table of error codes, and the one error class of the product. Pure. */

/** Code -> HTTP status and the sentence used when the thrower has nothing more exact to say. */
export const errorTable = {
  bad_request: { status: 400, sentence: 'The request could not be understood.' },
  unauthorized: { status: 401, sentence: 'Sign in, or send a valid API key.' },
  forbidden: { status: 403, sentence: 'You may not do this.' },
  host_not_allowed: { status: 403, sentence: 'This host is not on the allow-list of the service.' },
  address_not_allowed: { status: 403, sentence: 'This address may not be called.' },
  not_found: { status: 404, sentence: 'There is nothing here, or you may not see it.' },
  account_unlinked: { status: 409, sentence: 'The account is not linked.' },
  already_imported: { status: 409, sentence: 'A package of this name was imported before.' },
  conflict: { status: 409, sentence: 'This does not fit with what is stored now.' },
  in_use: { status: 409, sentence: 'Something still refers to this record.' },
  behavior_not_runnable: { status: 409, sentence: 'The behavior uses something that cannot run yet.' },
  flow_used: { status: 409, sentence: 'This link was used already. Start again from the account.' },
  in_progress: { status: 409, sentence: 'The same request is still running.' },
  flow_expired: { status: 410, sentence: 'This link has expired. Start again from the account.' },
  too_large: { status: 413, sentence: 'What was sent is too large.' },
  prompts_missing: { status: 422, sentence: 'The package asks for answers that were not given.' },
  package_invalid: { status: 422, sentence: 'The package has faults.' },
  package_unsupported: { status: 422, sentence: 'The package asks for things that cannot be stored here.' },
  request_refused: { status: 422, sentence: 'The request was refused before it was sent.' },
  credentials_refused: { status: 422, sentence: 'The remote service did not accept these credentials.' },
  idempotency_mismatch: { status: 422, sentence: 'This Idempotency-Key was used with another request.' },
  rate_limited: { status: 429, sentence: 'Too many tries. Wait a little.' },
  internal: { status: 500, sentence: 'Something went wrong on our side. The log has the details.' },
  remote_failed: { status: 502, sentence: 'The remote service did not answer as it should.' },
  busy: { status: 503, sentence: 'The hub has too much to do. Try again soon.' },
  database_unavailable: { status: 503, sentence: 'The database does not answer.' },
} as const satisfies Record<string, { status: number; sentence: string }>;

export type ErrorCode = keyof typeof errorTable;

export interface HubErrorOptions {
  /** Public fields that stand beside code and message in the API's answer, such as `faults`. Never secrets. */
  extra?: Record<string, unknown>;
  /** For the log only; never shown. Never secrets. */
  detail?: string;
  cause?: unknown;
}

/** What the log may hold of an error: its kind and where it came from. Its message may repeat input or SQL's values. */
export function traceOf(error: unknown): { cause: string; stack: string } {
  if (!(error instanceof Error)) return { cause: typeof error, stack: '' };
  const frames = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  const code = 'code' in error && typeof error.code === 'string' ? ` ${error.code}` : '';
  return { cause: `${error.name}${code}`, stack: frames.slice(0, 12).join('\n') };
}

/**
 * A refusal that the asker may read. `message` names the thing and the remedy and is public; it falls back to
 * the table's sentence. Thrown for "cannot go on"; outcomes a caller chooses about are returned as values.
 */
export class HubError extends Error {
  readonly code: ErrorCode;
  readonly extra: Record<string, unknown>;
  readonly detail: string | undefined;

  constructor(code: ErrorCode, message?: string, options: HubErrorOptions = {}) {
    super(
      message ?? errorTable[code].sentence,
      options.cause === undefined ? undefined : { cause: options.cause },
    );
    this.name = 'HubError';
    this.code = code;
    this.extra = options.extra ?? {};
    this.detail = options.detail;
  }

  get status(): number {
    return errorTable[this.code].status;
  }
}
