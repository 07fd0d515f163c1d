/** What the sandbox refuses, as Twitter numbers it. Pure. */

/** The closed table: status, Twitter's code, and the sentence that goes out. */
export const refusals = {
  unauthenticated: { status: 401, code: 32, message: 'Could not authenticate you.' },
  badRequest: { status: 400, code: 214, message: 'Bad request.' },
  missingParameters: { status: 400, code: 25, message: 'Query parameters are missing.' },
  noSuchPage: { status: 404, code: 34, message: 'Sorry, that page does not exist.' },
  noSuchUser: { status: 404, code: 50, message: 'User not found.' },
  rateLimited: { status: 429, code: 88, message: 'Rate limit exceeded.' },
  badToken: { status: 401, code: 89, message: 'Invalid or expired token.' },
  internal: { status: 500, code: 131, message: 'Internal error.' },
  badTimestamp: { status: 401, code: 135, message: 'Timestamp out of bounds.' },
  noSuchTweet: { status: 404, code: 144, message: 'No status found with that ID.' },
  missingStatus: { status: 403, code: 170, message: 'Missing required parameter: status.' },
  tooLong: { status: 403, code: 186, message: 'Tweet needs to be a bit shorter.' },
  duplicate: { status: 403, code: 187, message: 'Status is a duplicate.' },
  badAuthentication: { status: 400, code: 215, message: 'Bad Authentication data.' },
  readOnly: { status: 403, code: 261, message: 'Application cannot perform write actions.' },
  badCallback: {
    status: 403,
    code: 415,
    message:
      "Callback URL not approved for this client application. Approved callback URLs can be adjusted in your application's settings.",
  },
} as const;

export type RefusalName = keyof typeof refusals;

/** Thrown to end a request. `check` names what failed for the journal; it never reaches the client. */
export class Refusal extends Error {
  readonly kind: RefusalName;
  readonly check: string;
  constructor(kind: RefusalName, check: string) {
    super(refusals[kind].message);
    this.name = 'Refusal';
    this.kind = kind;
    this.check = check;
  }
}

/** Body of a refusal: the list of numbered errors; version 2 adds the members of a problem document. */
export function refusalBody(kind: RefusalName, path: string) {
  const { status, code, message } = refusals[kind];
  const errors = [{ code, message }];
  if (!path.startsWith('/2/')) return { errors };
  const type = kind === 'readOnly' ? 'https://api.twitter.com/2/problems/oauth1-permissions' : 'about:blank';
  return { title: titles[status], type, status, detail: message, errors };
}

const titles = {
  400: 'Invalid Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
};
