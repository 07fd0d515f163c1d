/** Why an import does not happen, as errors that name the thing and the remedy. Pure. */
import { HubError } from '../errors.ts';
import { locateFaults, type PackageFault, type PackageSource } from './package-text.ts';
import type { PlannedPrompt } from './plan.ts';
import type { Remark } from './record-type.ts';
import type { ImportEntry } from './store.ts';

/** `package_invalid` with every fault, located where the package is a text. */
export function packageInvalid(source: PackageSource, faults: readonly PackageFault[]): HubError {
  const located = locateFaults(source, faults);
  const [first] = located;
  const place =
    first?.line === undefined ? (first?.path ?? '') : `line ${first.line}, column ${first.column}`;
  const more = located.length > 1 ? ` (and ${located.length - 1} more)` : '';
  const message = `The package has faults: ${first?.message ?? ''}${place && ` At ${place}.`}${more}`;
  return new HubError('package_invalid', message, { extra: { faults: located } });
}

/** Throws `package_unsupported` unless the admin chose to do without, and something is left to import. */
export function refuseUnsupported(
  plan: { records: readonly unknown[]; additions: readonly unknown[]; unsupported: Remark[] },
  choice: 'refuse' | 'skip' | undefined,
): void {
  const isEmpty = plan.records.length === 0 && plan.additions.length === 0;
  if (plan.unsupported.length === 0 || (choice === 'skip' && !isEmpty)) return;
  const message = isEmpty
    ? 'Nothing in this package can be stored here.'
    : `${plan.unsupported.length} of the things in this package cannot be stored here; choose to import the supported part, or cancel.`;
  throw new HubError('package_unsupported', message, { extra: { unsupported: plan.unsupported } });
}

/** Throws `already_imported` without a choice, and `conflict` where there is nothing to update. */
export function refuseRepeated(
  name: string,
  earlier: ImportEntry | undefined,
  mode: 'new' | 'update' | undefined,
): void {
  if (mode === 'update' && !earlier) {
    const message = `'${name}' was not imported here, or its import was undone: there is nothing to update. Import it as new.`;
    throw new HubError('conflict', message);
  }
  if (!earlier || mode !== undefined) return;
  throw new HubError(
    'already_imported',
    `'${name}' was imported before: update what it made, import a new copy of it, or cancel.`,
    { extra: { import_id: earlier.id } },
  );
}

/** Throws `prompts_missing` with the prompts that have no answer, or one that does not fit. */
export function refuseUnanswered(name: string, prompts: readonly PlannedPrompt[]): void {
  const missing = prompts.filter(({ problem }) => problem !== undefined);
  if (missing.length === 0) return;
  const asked = missing.map(({ key, type, label, params }) => ({ key, type, label, params }));
  const message = `The package '${name}' asks: ${missing.map(({ problem }) => problem).join(' ')}`;
  throw new HubError('prompts_missing', message, { extra: { prompts: asked } });
}
