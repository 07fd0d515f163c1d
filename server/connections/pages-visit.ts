/** What the pages of connections share: who visits, which record, and the faults that a form shows. */
import { HubError } from '../errors.ts';
import type { PageAnswer, PageRoute, Visit, WorkerActor } from '../http/route.ts';
import type { Remark } from '../packages/record-type.ts';

/** The worker of a page that nobody sees without signing in. */
export function signedIn(visit: Visit): WorkerActor {
  if (!visit.worker) throw new HubError('unauthorized');
  return visit.worker;
}

/** A page for admins. */
export function admin(
  method: 'GET' | 'POST',
  path: string,
  handle: (visit: Visit, me: WorkerActor) => Promise<PageAnswer>,
): PageRoute {
  return { method, path, access: 'admin', handle: (visit) => handle(visit, signedIn(visit)) };
}

export function idOf(visit: Visit): string {
  return visit.params.id ?? '';
}

/** Faults that a form can show at its fields, in words without pointers; other errors are pages of their own. */
export function formFaults(error: unknown): { message: string; status: number; faults: Remark[] } {
  if (!(error instanceof HubError) || error.code === 'not_found' || error.code === 'forbidden') throw error;
  // Verbs of this feature put nothing else under this name.
  const faults = (error.extra.faults ?? []) as Remark[];
  const isOfFields = error.code === 'bad_request' && faults.length > 0;
  const message = isOfFields
    ? `Nothing was saved: ${faults.map((fault) => fault.message).join('; ')}.`
    : error.message;
  return { message, status: error.status, faults };
}
