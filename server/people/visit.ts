/** Reading a visit: fields of its form and who sent it. Pure. */
import { HubError } from '../errors.ts';
import type { Visit, WorkerActor } from '../http/route.ts';

/** The text of a field, '' when it is missing or a file. */
export function formText(form: FormData, name: string): string {
  const value = form.get(name);
  return typeof value === 'string' ? value : '';
}

/** The worker on a page that needs one; the router lets nobody else in. */
export function workerOf({ worker }: Visit): WorkerActor {
  if (!worker) throw new HubError('unauthorized');
  return worker;
}
