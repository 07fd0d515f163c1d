/** What a remote service is answered on a listener's address. Pure. */
import type { Answer } from '../bots/run-state.ts';

export interface HookAnswer {
  status: number;
  contentType?: string;
  body?: string;
  headers?: readonly (readonly [name: string, value: string])[];
  retryAfterSeconds?: number;
}

/** A behavior's answer stands on our origin, so nothing in it may run or be framed there. */
const guarded = ['Content-Security-Policy', "default-src 'none'; sandbox"] as const;

/** A run's own answer; one that failed is answered 500, whatever it had set. */
export function answerOfRun({ status, answer }: { status: string; answer: Answer }): HookAnswer {
  if (status === 'failed') return { status: 500, body: 'The behavior failed.\n' };
  const isType = (name: string) => name.toLowerCase() === 'content-type';
  const contentType = answer.headers.find(([name]) => isType(name))?.[1];
  return {
    status: answer.status ?? 200,
    body: answer.body ?? '',
    headers: [...answer.headers.filter(([name]) => !isType(name)), guarded],
    ...(contentType !== undefined && { contentType }),
  };
}

/** The request is kept, and its behavior runs or will. */
export function accepted(id: string): HookAnswer {
  return { status: 202, contentType: 'application/json', body: `${JSON.stringify({ request: id })}\n` };
}

/** A refusal in one line. */
export function refusal(status: number, reason: string, retryAfterSeconds?: number): HookAnswer {
  return {
    status,
    body: `${reason}\n`,
    ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
  };
}
