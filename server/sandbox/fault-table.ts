/** Every way in which the sandbox can misbehave. Data. */
import type { EndpointName } from './endpoint.ts';

/**
 * `takes`: 'flag' is on or off; 'number', 'count' (a whole number above 0), 'code' (one of Twitter's), 'url' and 'text'
 * need that value. `of` and `at`: the endpoints and paths where it works when no path is given; without them
 * everywhere. `once`: works for one request unless told otherwise. `status`: may be told, from the first to the second.
 * `on`: 'delivery' faults play when a webhook is called, their path is the webhook's.
 */
export interface FaultRow {
  takes: 'flag' | 'number' | 'count' | 'code' | 'url' | 'text';
  of?: readonly EndpointName[];
  at?: readonly string[];
  once?: true;
  status?: readonly [number, number];
  on?: 'delivery';
}

const tokenSteps = ['request', 'access'] as const;
const refusal = [400, 599] as const;

/** The table. */
export const faultTable = {
  // Token answers.
  'no-callback-confirmed': { takes: 'flag', of: ['request'] },
  'callback-confirmed-false': { takes: 'flag', of: ['request'] },
  /** Told as this. */
  'callback-confirmed': { takes: 'text', of: ['request'] },
  'duplicate-callback-confirmed': { takes: 'flag', of: ['request'] },
  'token-json': { takes: 'flag', of: tokenSteps },
  'token-form-as-json': { takes: 'flag', of: tokenSteps },
  'token-json-as-form': { takes: 'flag', of: tokenSteps },
  'token-malformed': { takes: 'flag', of: tokenSteps },
  'token-missing-secret': { takes: 'flag', of: tokenSteps },
  'token-empty': { takes: 'flag', of: tokenSteps },
  'token-control': { takes: 'flag', of: tokenSteps },
  'duplicate-token': { takes: 'flag', of: tokenSteps },
  /** Token and secret end with this, and are good so. */
  'token-ending': { takes: 'text', of: tokenSteps },
  'identity-other': { takes: 'flag', of: ['access'] },
  'expire-request-tokens': { takes: 'flag', of: ['access'] },

  // Consent and the way back.
  'deny-consent': { takes: 'flag', of: ['authorize'] },
  'callback-no-verifier': { takes: 'flag', of: ['authorize'] },
  /** The verifier is this, and good so. */
  'callback-verifier': { takes: 'text', of: ['authorize'] },
  'callback-other-token': { takes: 'flag', of: ['authorize'] },
  'callback-duplicate-token': { takes: 'flag', of: ['authorize'] },
  'callback-duplicate-verifier': { takes: 'flag', of: ['authorize'] },
  /** Says no and yes at once. */
  'callback-and-denied': { takes: 'flag', of: ['authorize'] },

  // Signed calls.
  'nonce-used-once': { takes: 'flag', once: true },
  'nonce-used': { takes: 'flag' },
  /** Seconds that the sandbox's clock is ahead; negative for behind. */
  'clock-skew': { takes: 'number' },
  /** The Date header, whatever the clock says; '' leaves it out. */
  date: { takes: 'text' },
  /** An Age header: the answer came out of a cache. */
  age: { takes: 'number' },
  /** Who-am-I names somebody else. */
  'identity-drift': {
    takes: 'flag',
    of: ['identity'],
    at: ['/2/users/me', '/1.1/account/verify_credentials.json'],
  },
  /** Only who is mentioned may be answered. */
  'reply-rule': { takes: 'flag', at: ['/1.1/statuses/update.json', '/2/tweets'] },

  // Refusals.
  /** Refused with this code of Twitter's, and its status unless `status` says another. */
  'error-code': { takes: 'code', status: refusal },
  /** Refused with this status and no particular code. */
  'error-status': { takes: 'number' },
  /** Refused with this oauth_problem, in the header or as a form; 401 unless `status` says another. */
  problem: { takes: 'text', status: refusal },
  'problem-form': { takes: 'text', status: [200, 599] },
  /** Refused with this line of plain text. */
  'plain-error': { takes: 'text', status: [200, 599] },
  /** Refused with this status and no body at all. */
  'empty-error': { takes: 'number' },
  'error-500': { takes: 'flag' },
  'html-error': { takes: 'flag' },
  /** 429 that does not say until when. */
  'rate-limited': { takes: 'flag' },
  /** 429 with this Retry-After: seconds, or a date. */
  'retry-after': { takes: 'text' },
  /** 429 for so many seconds, as the headers tell: the service's own window, the account's day, the app's day. */
  'user-window': { takes: 'number' },
  'user-day': { takes: 'number' },
  'app-day': { takes: 'number' },

  // Transport.
  /** Milliseconds before anything is read. */
  slow: { takes: 'number' },
  drop: { takes: 'flag' },
  /** Everything is done, and then the connection breaks. */
  'drop-answer': { takes: 'flag' },
  truncated: { takes: 'flag' },
  redirect: { takes: 'url', status: [300, 399] },
  /** Bytes of the answer; refused with it where `status` says so. */
  'huge-body': { takes: 'number', status: [200, 599] },
  /** Bytes of the answer once unpacked; it is sent packed. */
  'packed-body': { takes: 'number' },
  /** The answer never ends. */
  endless: { takes: 'flag' },
  /** Bytes of a header. */
  'long-header': { takes: 'number' },
  'set-cookie': { takes: 'text' },

  // Calls of webhooks.
  /** Own sends reach the webhook before their answer, so many milliseconds after it, or never. */
  'echo-before-answer': { takes: 'flag', on: 'delivery' },
  'echo-delay': { takes: 'number', on: 'delivery' },
  'lose-echo': { takes: 'flag', on: 'delivery' },
  'lose-delivery': { takes: 'flag', on: 'delivery' },
  /** How often each is sent. */
  'duplicate-deliveries': { takes: 'count', on: 'delivery' },
  /** So many are gathered, then sent last first, or as one. */
  'reorder-deliveries': { takes: 'count', on: 'delivery' },
  'batch-deliveries': { takes: 'count', on: 'delivery' },
  'bad-signature': { takes: 'flag', on: 'delivery' },
  'no-signature': { takes: 'flag', on: 'delivery' },
  /** One byte of the body is another than was signed. */
  'altered-body': { takes: 'flag', on: 'delivery' },
} as const satisfies Record<string, FaultRow>;

export type FaultName = keyof typeof faultTable;
