/** Refusals of the OAuth 2.0 endpoints, in the shape of RFC 6749 §5.2. */
import { answerJson, type SandboxContext } from './exchange.ts';

export type OAuth2Error =
  | 'invalid_request'
  | 'invalid_client'
  | 'invalid_grant'
  | 'invalid_token'
  | 'unsupported_grant_type';

/** Thrown to end a request. `check` names what failed for the journal; it never reaches the client. */
export class OAuth2Refusal extends Error {
  readonly error: OAuth2Error;
  readonly check: string;
  constructor(error: OAuth2Error, check: string) {
    super(error);
    this.name = 'OAuth2Refusal';
    this.error = error;
    this.check = check;
  }
}

/** Answers with what the work returns by itself, or with its refusal. */
export function refusing(work: (ctx: SandboxContext) => void): (ctx: SandboxContext) => void {
  return (ctx) => {
    try {
      work(ctx);
    } catch (error) {
      if (!(error instanceof OAuth2Refusal)) throw error;
      ctx.state.exchange.entry.refused = error.check;
      const isUnknown = error.error === 'invalid_client' || error.error === 'invalid_token';
      if (isUnknown) ctx.set('WWW-Authenticate', `Bearer error="${error.error}"`);
      answerJson(
        ctx,
        { error: error.error, error_description: `Refused: ${error.check}.` },
        isUnknown ? 401 : 400,
      );
    }
  };
}
