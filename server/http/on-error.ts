/** The one place that turns an error into an answer, and says less to the asker than to the log. */
import { isUnavailable } from '../db/transaction.ts';
import { errorTable, HubError } from '../errors.ts';

/** What an error looks like from outside. Unknown errors are `internal` and show nothing of themselves. */
export function publicError(error: unknown): HubError {
  if (error instanceof HubError) return error;
  if (isUnavailable(error)) return new HubError('database_unavailable', undefined, { cause: error });
  return new HubError('internal', undefined, { cause: error });
}

/** The body of an API error (CONTRACT, "Errors"). */
export function errorBody(error: HubError): { error: Record<string, unknown> } {
  return { error: { code: error.code, message: error.message, ...error.extra } };
}

/** Heading of the error page: the table's sentence without its full stop. */
export function errorTitle(error: HubError): string {
  return errorTable[error.code].sentence.split('.')[0] ?? error.code;
}
