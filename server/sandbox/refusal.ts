/** What the sandbox refuses, as Twitter numbers it. Pure. */

/** The closed table: status, Twitter's code, and the sentence that goes out. */
export const refusals = {
  unauthenticated: { status: 401, code: 32, message: 'Could not authenticate you.' },
  badRequest: { status: 400, code: 214, message: 'Bad request.' },
  missingParameters: { status: 400, code: 25, message: 'Query parameters are missing.' },
  noSuchPage: { status: 404, code: 34, message: 'Sorry, that page does not exist.' },
  noSuchUser: { status: 404, code: 50, message: 'User not found.' },
  suspended: {
    status: 403,
    code: 64,
    message: 'Your account is suspended and is not permitted to access this feature.',
  },
  rateLimited: { status: 429, code: 88, message: 'Rate limit exceeded.' },
  badToken: { status: 401, code: 89, message: 'Invalid or expired token.' },
  noMessages: {
    status: 403,
    code: 93,
    message: 'This application is not allowed to access or delete your direct messages.',
  },
  badCredentials: { status: 403, code: 99, message: 'Unable to verify your credentials.' },
  noSuchRecipient: { status: 404, code: 108, message: 'Cannot find specified user.' },
  overCapacity: { status: 503, code: 130, message: 'Over capacity.' },
  internal: { status: 500, code: 131, message: 'Internal error.' },
  badTimestamp: { status: 401, code: 135, message: 'Timestamp out of bounds.' },
  noSuchTweet: { status: 404, code: 144, message: 'No status found with that ID.' },
  notFollowing: {
    status: 403,
    code: 150,
    message: 'You cannot send messages to users who are not following you.',
  },
  messageRefused: { status: 403, code: 151, message: 'There was an error sending your message.' },
  missingStatus: { status: 403, code: 170, message: 'Missing required parameter: status.' },
  noWebhook: {
    status: 403,
    code: 170,
    message: 'A webhook must be defined for this environment before subscriptions are added.',
  },
  dailyPosts: { status: 403, code: 185, message: 'User is over daily status update limit.' },
  tooLong: { status: 403, code: 186, message: 'Tweet needs to be a bit shorter.' },
  duplicate: { status: 403, code: 187, message: 'Status is a duplicate.' },
  forbidden: { status: 403, code: 200, message: 'Forbidden.' },
  badWebhookUrl: { status: 403, code: 214, message: 'Webhook URL does not meet the requirements.' },
  tooManyResources: { status: 403, code: 214, message: 'Too many resources already created.' },
  wrongChallenge: {
    status: 403,
    code: 214,
    message: 'Webhook URL does not meet the requirements. Invalid CRC token or json response format.',
  },
  slowChallenge: {
    status: 403,
    code: 214,
    message:
      'Webhook URL does not meet the requirements. High latency on CRC GET request. It should be under 3 seconds.',
  },
  failedChallenge: {
    status: 403,
    code: 214,
    message: 'Webhook URL does not meet the requirements. Non-200 response code during CRC GET request.',
  },
  badAuthentication: { status: 400, code: 215, message: 'Bad Authentication data.' },
  automated: {
    status: 403,
    code: 226,
    message:
      'This request looks like it might be automated. To protect our users, we cannot complete this action.',
  },
  readOnly: { status: 403, code: 261, message: 'Application cannot perform write actions.' },
  badMedia: { status: 400, code: 324, message: 'The validation of media ids failed.' },
  locked: { status: 403, code: 326, message: 'To protect our users, this account is temporarily locked.' },
  alreadyRetweeted: { status: 403, code: 327, message: 'You have already retweeted this Tweet.' },
  notYourSubscription: {
    status: 403,
    code: 348,
    message: "Client application is not permitted to access this user's webhook subscriptions.",
  },
  cannotMessage: { status: 403, code: 349, message: 'You cannot send messages to this user.' },
  messageTooLong: {
    status: 403,
    code: 354,
    message: 'The text of your direct message is over the max character limit.',
  },
  alreadySubscribed: { status: 409, code: 355, message: 'Subscription already exists.' },
  parentDeleted: {
    status: 403,
    code: 385,
    message: 'You attempted to reply to a Tweet that is deleted or not visible to you.',
  },
  badCallback: {
    status: 403,
    code: 415,
    message:
      "Callback URL not approved for this client application. Approved callback URLs can be adjusted in your application's settings.",
  },
  appSuspended: { status: 403, code: 416, message: 'Invalid or suspended application.' },
  repliesRestricted: {
    status: 403,
    code: 433,
    message: 'The original Tweet author restricted who can reply to this Tweet.',
  },
  notMentioned: {
    status: 403,
    code: 433,
    message: 'You are only permitted to reply to posts where you are mentioned or quoted.',
  },
  accessLevel: {
    status: 403,
    code: 453,
    message: 'You currently have access to a subset of endpoints only. A different access level is needed.',
  },
  notVerified: { status: 403, code: 476, message: 'The sender has to be verified to message this user.' },
} as const satisfies Record<string, { status: number; code: number; message: string }>;

export type RefusalName = keyof typeof refusals;

/** The refusal with one of Twitter's codes; the first where several share it. */
export function refusalByCode(code: number): RefusalName | undefined {
  // The keys of the table are its names.
  return (Object.keys(refusals) as RefusalName[]).find((name) => refusals[name].code === code);
}

/** Thrown to end a request. `check` names what failed for the journal; it never reaches the client. */
export class Refusal extends Error {
  readonly kind: RefusalName;
  readonly check: string;
  /** Differs from the table's only where a fault wants it. */
  readonly status: number;
  constructor(kind: RefusalName, check: string, status: number = refusals[kind].status) {
    super(refusals[kind].message);
    this.name = 'Refusal';
    this.kind = kind;
    this.check = check;
    this.status = status;
  }
}

/** Body of a refusal: the list of numbered errors; version 2 adds the members of a problem document. */
export function refusalBody({ kind, status }: Pick<Refusal, 'kind' | 'status'>, path: string) {
  const { code, message } = refusals[kind];
  const errors = [{ code, message }];
  if (!path.startsWith('/2/')) return { errors };
  const detail =
    kind === 'duplicate' ? 'You are not allowed to create a Tweet with duplicate content.' : message;
  return { title: titles[status] ?? 'Error', type: problemType(kind), status, detail, errors };
}

function problemType(kind: RefusalName): string {
  const problems = 'https://api.twitter.com/2/problems/';
  if (kind === 'readOnly' || kind === 'noMessages') return `${problems}oauth1-permissions`;
  return kind === 'accessLevel' ? `${problems}client-forbidden` : 'about:blank';
}

const titles: Readonly<Record<number, string>> = {
  400: 'Invalid Request',
  401: 'Unauthorized',
  402: 'Payment Required',
  403: 'Forbidden',
  404: 'Not Found',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
};
