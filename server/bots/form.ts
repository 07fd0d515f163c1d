/** Reading forms of pages, and putting faults at their fields. Pure. */
import { HubError } from '../errors.ts';
import type { WorkerActor } from '../http/route.ts';
import type { Remark } from '../packages/record-type.ts';
import type { Owner } from '../people/actor.ts';
import { isObject, textOf } from './json-value.ts';

/** Field name -> what is wrong with it. */
export type FieldErrors = Record<string, string>;

/** A field's text; '' when it was not sent. */
export function formText(form: FormData, name: string): string {
  const value = form.get(name);
  return typeof value === 'string' ? value : '';
}

/** Faults by the name of the field they belong to: `/options/x` is the field `options.x`, `/owner/id` also `owner`. */
export function errorsOf(faults: readonly Remark[], fields: readonly string[]): FieldErrors {
  const errors: FieldErrors = {};
  for (const { path, message } of faults) {
    const name = path.slice(1).replaceAll('/', '.');
    const field = fields.find((one) => name === one || name.startsWith(`${one}.`)) ?? '';
    errors[field] ??= message;
  }
  return errors;
}

/** What a verb refused, as errors at fields; rethrows what a form cannot show. */
export function refusalOf(error: unknown, fields: readonly string[]): FieldErrors {
  if (!(error instanceof HubError) || !['bad_request', 'conflict', 'forbidden'].includes(error.code))
    throw error;
  if (error.code === 'conflict') return { [error.extra.version ? '' : 'uri']: error.message };
  if (error.code === 'forbidden') return { owner: error.message };
  const faults = Array.isArray(error.extra.faults) ? error.extra.faults.filter(isObject) : [];
  const remarks = faults.map((fault) => ({
    path: textOf(fault.path) ?? '',
    message: textOf(fault.message) ?? '',
  }));
  return remarks.length > 0 ? errorsOf(remarks, fields) : { '': error.message };
}

/** Time of the last change that the page knew of; undefined for a form that does not say. */
export function versionOf(form: FormData): number | undefined {
  const version = formText(form, 'version');
  return /^\d{1,15}$/.test(version) ? Number(version) : undefined;
}

/** Choices of a select, the chosen one marked. */
export function choices(
  options: readonly { value: string; label: string }[],
  chosen: string,
): { value: string; label: string; selected: boolean }[] {
  return options.map((option) => ({ ...option, selected: option.value === chosen }));
}

/** An owner as one value of a select, and back. */
export function ownerValue(owner: Owner): string {
  return `${owner.context}:${owner.id}`;
}

export function readOwnerValue(value: string): { context: string; id: string } {
  const [context = '', id = ''] = value.split(':');
  return { context, id };
}

/** The signed-in worker of a page that only workers reach. */
export function workerOf(visit: { worker: WorkerActor | undefined }): WorkerActor {
  if (!visit.worker) throw new HubError('unauthorized');
  return visit.worker;
}

/** The choices of a status field, for bots and behaviors alike. */
export const onOff = [
  { value: 'enabled', label: 'Enabled' },
  { value: 'disabled', label: 'Disabled' },
];
