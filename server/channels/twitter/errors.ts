/** What the service's error codes mean and what to do then: a table, and nothing else. Pure. */
import type { Remedy } from '../channel.ts';

/** `wait` without `waitMs` waits for what the headers tell. */
export interface ErrorMeaning {
  remedy: Remedy;
  sentence: string;
  waitMs?: number;
}

const permission: ErrorMeaning = {
  remedy: 'needs_permission',
  sentence:
    'The access token may not do this. Set the app\'s permission to "Read and write and Direct message", then make a new access token: one that was made before keeps the permission it was made with.',
};
const unreachable: ErrorMeaning = {
  remedy: 'fail',
  sentence:
    'This person cannot be written to. The account should accept messages from anyone (Settings, Privacy and safety, Direct messages), and the person has to accept them from it or write first.',
};
const locked: ErrorMeaning = {
  remedy: 'blocked',
  sentence:
    'The service has locked or suspended the account or the app. Sign in there and see what it asks for.',
};
const noAccess: ErrorMeaning = {
  remedy: 'awaiting_provider_access',
  sentence:
    "The app's access does not include this. Apply for it, or buy it, in the developer console; then press Authorize again.",
};
const badKeys: ErrorMeaning = {
  remedy: 'reauthorize',
  sentence:
    'The service does not accept the keys. Check all four for missing characters, and that they are API key and access token, not the OAuth 2.0 Client ID.',
};
const revoked: ErrorMeaning = {
  remedy: 'reauthorize',
  sentence:
    'The access token is no longer valid: it was revoked or made anew. Enter the new one, or link again.',
};
const notThere: ErrorMeaning = {
  remedy: 'fail',
  sentence: 'What is answered or asked for is not there any more.',
};
const tooLong: ErrorMeaning = {
  remedy: 'fail',
  sentence: 'The service finds the text too long. Shorten it.',
};
const duplicate: ErrorMeaning = {
  remedy: 'fail',
  sentence: 'The same text was posted a short time ago, and the service takes it only once. Change it.',
};
const notMentioned: ErrorMeaning = {
  remedy: 'fail',
  sentence:
    'Since 2026 the service lets an app answer only posts that mention or quote the account. Write a direct message instead.',
};
const rateLimited: ErrorMeaning = {
  remedy: 'wait',
  sentence: 'The service asks for a pause before the next call.',
};
const trouble: ErrorMeaning = {
  remedy: 'wait',
  waitMs: 60_000,
  sentence: 'The service has trouble of its own.',
};

/** By the code of version 1.1, which version 2 gives at times too. */
export const meanings: Readonly<Record<string, ErrorMeaning>> = {
  '32': badKeys,
  '34': notThere,
  '50': notThere,
  '63': { remedy: 'fail', sentence: 'The account of this person is suspended.' },
  '64': locked,
  '88': rateLimited,
  '89': revoked,
  '93': permission,
  '99': badKeys,
  '130': trouble,
  '131': trouble,
  '135': {
    remedy: 'fail',
    sentence: "The service refuses the time of the request. Set this server's clock right.",
  },
  '144': notThere,
  '150': unreachable,
  '151': unreachable,
  '185': { remedy: 'wait', waitMs: 1_800_000, sentence: 'The account has reached its posts of the day.' },
  '186': tooLong,
  '187': duplicate,
  '214': unreachable,
  '215': {
    remedy: 'fail',
    sentence:
      'The service found no usable signature in the request. Please report this as a fault of the hub.',
  },
  '220': permission,
  '226': {
    remedy: 'blocked',
    sentence:
      'The service takes this for automated misuse. The channel stops; let a person look at what it wrote before it is authorized again.',
  },
  '261': permission,
  '326': locked,
  '327': { remedy: 'already_done', sentence: 'This was shared before.' },
  '348': {
    remedy: 'reauthorize',
    sentence: "This app may not see the account's subscriptions: the access token belongs to another app.",
  },
  '349': unreachable,
  '354': tooLong,
  '355': { remedy: 'already_done', sentence: 'The account is subscribed already.' },
  '385': {
    remedy: 'fail',
    sentence: 'The post that is answered is deleted or not visible. Write a direct message instead.',
  },
  '415': {
    remedy: 'fail',
    sentence:
      "The callback URL is not on the app's list. Copy the one shown here into the app's settings, character by character.",
  },
  '416': locked,
  '433': {
    remedy: 'fail',
    sentence: 'Its author lets only some people answer this post. Write a direct message instead.',
  },
  '453': noAccess,
  '476': {
    remedy: 'fail',
    sentence: 'This person takes messages from verified accounts only.',
  },
};

/** Codes that mean something else while a webhook is registered. */
export const registrationMeanings: Readonly<Record<string, ErrorMeaning>> = {
  '34': {
    remedy: 'fail',
    sentence: 'There is no such webhook or subscription at the service. Press Authorize again.',
  },
  '170': { remedy: 'fail', sentence: 'There is no webhook yet for this label. Press Authorize again.' },
  '200': {
    remedy: 'awaiting_provider_access',
    sentence:
      'The app has no access to account activity, or no environment of this label. The label is case-sensitive: compare it letter by letter. A new application may take a while to be granted.',
  },
  '214': {
    remedy: 'fail',
    sentence:
      'The service did not accept the callback URL. It must be public, https and without a port, answer the challenge within 3 seconds, and the app must have room for another webhook.',
  },
};

/** By the last part of a version 2 problem's `type`. */
export const problems: Readonly<Record<string, ErrorMeaning>> = {
  'client-forbidden': noAccess,
  'invalid-request': {
    remedy: 'fail',
    sentence: 'The service could not understand the request. Please report this as a fault of the hub.',
  },
  'oauth1-permissions': permission,
  'not-authorized-for-resource': unreachable,
  'resource-not-found': notThere,
  'usage-capped': {
    remedy: 'blocked',
    sentence: "The app's paid calls of this month are used up. Raise the cap in the developer console.",
  },
  'unsupported-authentication': {
    remedy: 'fail',
    sentence: 'The service does not offer this call for the way the account signs in.',
  },
};

/** Problems without a type of their own, known by their words. */
export const details: readonly (readonly [RegExp, ErrorMeaning])[] = [
  [/duplicate content/i, duplicate],
  [/only reply to|not been mentioned|where you are mentioned/i, notMentioned],
];

/** By status, where no code is known. */
export const statusMeanings: Readonly<Record<string, ErrorMeaning>> = {
  '401': badKeys,
  '402': {
    remedy: 'blocked',
    sentence:
      "The app's credits are used up. Add credits in the developer console, then press Authorize again.",
  },
  '404': notThere,
  '408': trouble,
  '420': rateLimited,
  '429': rateLimited,
};

export const serverTrouble = trouble;

/** For a POST that has no second chance: it may have been done although the answer says otherwise. */
export const mayBeDone =
  'The service had trouble of its own and may have taken the message or not. It is not sent again by itself.';
