/** Exporting records as a package: who may, which records, what they need beside them. */
import { HubError } from '../errors.ts';
import { type Actor, isAdmin } from '../people/actor.ts';
import { buildPackage, type ChosenRecord, type ExportedPackage } from './export-package.ts';
import type { ImportDeps } from './import.ts';
import { findRecordType } from './plan.ts';
import type { RecordType } from './record-type.ts';

export interface ExportRequest {
  actor: Actor;
  name: string;
  revision: number;
  /** By Cerb's full context or another name of it, and id. A bot brings its behaviors along. */
  records: readonly { context: string; id: string }[];
}

const behaviorContext = 'cerberusweb.contexts.behavior';

/** Throws `forbidden`, `not_found`, and `bad_request` when nothing is chosen or a type is not kept here. */
export async function exportPackage(
  deps: Pick<ImportDeps, 'db' | 'recordTypes'>,
  request: ExportRequest,
): Promise<ExportedPackage> {
  if (!isAdmin(request.actor)) throw new HubError('forbidden', 'Only admins export packages.');
  const name = request.name.trim();
  if (name === '' || Buffer.byteLength(name) > 255) {
    throw new HubError('bad_request', 'Give the package a name of up to 255 bytes.');
  }
  if (request.records.length === 0) {
    throw new HubError('bad_request', 'Choose at least one service, account or bot.');
  }
  const chosen = new Map<string, ChosenRecord>();
  for (const { context, id } of request.records) {
    const type = findRecordType(deps.recordTypes, context);
    if (!type) throw new HubError('bad_request', `Records of the type '${context}' are not kept here.`);
    await choose(deps, type, id, chosen);
  }
  return buildPackage([...chosen.values()], { name, revision: request.revision });
}

async function choose(
  deps: Pick<ImportDeps, 'db' | 'recordTypes'>,
  type: RecordType,
  id: string,
  chosen: Map<string, ChosenRecord>,
): Promise<void> {
  if (chosen.has(id)) return;
  const description = await type.describe(deps.db, id);
  if (!description) throw new HubError('not_found', `There is no ${type.one.toLowerCase()} ${id}.`);
  chosen.set(id, { type, id, description });
  const behaviors = findRecordType(deps.recordTypes, behaviorContext);
  if (!behaviors || type.context === behaviorContext) return;
  for (const dependent of await type.dependents(deps.db, id)) {
    // What hangs on a bot are its behaviors; those of others that use an account stay where they are.
    if (dependent.context !== behaviorContext) continue;
    const behavior = await behaviors.describe(deps.db, dependent.id);
    const isOwn = behavior?.references.some((one) => one.path === '/bot_id' && one.id === id);
    if (behavior && isOwn)
      chosen.set(dependent.id, { type: behaviors, id: dependent.id, description: behavior });
  }
}
