/** What a refusal of an OAuth 2.0 endpoint means: a sentence and a next step by its code. Pure. */
import type { InboundResponse } from '../../delivery/delivery.ts';
import type { TokenRefusal } from '../provider.ts';

export interface OAuth2Problem {
  problem: string;
  nextStep: string;
  remoteCode: string;
}

const againstKeys =
  'Copy Client ID and Client Secret from the app at the remote site once more and save the service.';
const linkAgain = 'Link the account again.';

/** The codes of RFC 6749 §4.1.2.1 and §5.2, and those that services have put beside them. */
const problems: Readonly<Record<string, readonly [problem: string, nextStep: string]>> = {
  invalid_client: ['Client ID or Client Secret was not accepted.', againstKeys],
  invalid_client_id: ['The Client ID was not accepted.', againstKeys],
  bad_client_secret: ['The Client Secret was not accepted.', againstKeys],
  incorrect_client_credentials: ['Client ID or Client Secret was not accepted.', againstKeys],
  invalid_grant: ['What consent or an earlier token was given for is not valid any more.', linkAgain],
  bad_verification_code: ['The code of the consent was not accepted.', linkAgain],
  invalid_code: ['The code of the consent was not accepted.', linkAgain],
  access_denied: ['Consent was refused at the remote site.', 'Start again and allow the access there.'],
  unauthorized_client: [
    'The app may not ask for tokens in this way.',
    'Compare the grant type of the service with what is enabled for the app at the remote site.',
  ],
  unsupported_grant_type: [
    'The remote site does not give out tokens in this way.',
    'Compare the grant type of the service with its documentation.',
  ],
  unsupported_response_type: [
    'The remote site does not give out codes to this app.',
    'Compare the settings of the app at the remote site with its documentation.',
  ],
  invalid_scope: [
    'The scope was not accepted.',
    'Compare the scope of the service with the names that the remote site documents.',
  ],
  redirect_uri_mismatch: [
    'The callback URL is not one that is registered for the app.',
    'Register the callback URL that the service shows, letter by letter, at the remote site.',
  ],
  server_error: ['The remote site has trouble of its own.', 'Try again later.'],
  temporarily_unavailable: ['The remote site has trouble of its own.', 'Try again later.'],
  invalid_request: [
    'The remote site could not read the request.',
    'Compare PKCE, client authentication and the further parameters of the service with its documentation.',
  ],
};

/** In words; what is not in the table is named by its code alone. */
export function problemOf(code: string): OAuth2Problem {
  const known = Object.hasOwn(problems, code) ? problems[code] : undefined;
  const [sentence, nextStep] = known ?? [
    'The request was refused.',
    'Compare the settings of the service with what the remote site shows.',
  ];
  return { problem: `${sentence} (${code})`, nextStep, remoteCode: code };
}

/** By name alone: a 401 without one may have any reason (RFC 6750 §3.1 has one code for every end of a token). */
export function refusesToken({ status, headers }: InboundResponse): TokenRefusal | undefined {
  if (status !== 401) return undefined;
  const isNamed = headers.some(
    ([name, value]) =>
      name.toLowerCase() === 'www-authenticate' && /^bearer\b.*\berror="?invalid_token\b/is.test(value),
  );
  return isNamed ? { status: 'expired', sentence: 'does not take the token any more.' } : undefined;
}

/** For answers that are none: `fault` is a clause. */
export function unusable(fault: string): { ok: false; problem: string; nextStep: string } {
  return {
    ok: false,
    problem: `No token could be taken: ${fault}.`,
    nextStep:
      "Compare the URLs of the service with those in the remote site's documentation, then start again.",
  };
}
