/** Listeners kept by admins: made, changed, given another address or secret. */
import type { Knex } from 'knex';
import { eventWebhookReceived } from '../bots/event.ts';
import { findBehavior } from '../bots/store.ts';
import { HubError } from '../errors.ts';
import type { Vault } from '../vault.ts';
import { sealSecret } from './secret.ts';
import { faultsOfCheck, isHeaderName, noCheck, type SignatureCheck } from './signature.ts';
import { writeSecret } from './standard-webhook.ts';
import { findListener, insertListener, replaceListener } from './store.ts';
import { type ListenerRecord, type ListenerSettings, newSettings } from './webhook-listener.ts';

export interface ListenerDeps {
  db: Knex;
  vault: Vault;
  now(): number;
  newId(): string;
  randomBytes(size: number): Uint8Array;
}

/** What a form or a call says; what is undefined stays as it is. */
export interface ListenerChanges extends Partial<ListenerSettings> {
  name?: string | undefined;
  /** Id or uri. */
  behavior?: string | undefined;
  /** Of the check; '' keeps the one there is. */
  secret?: string | undefined;
}

/** What was stored, and the secret where it was made here: it is shown this once. */
export interface SavedListener {
  listener: ListenerRecord;
  madeSecret: string | undefined;
}

/** Throws `not_found`. */
export async function getListener(db: Knex, id: string): Promise<ListenerRecord> {
  const listener = await findListener(db, id);
  if (!listener) throw new HubError('not_found', 'There is no such webhook listener.');
  return listener;
}

/** Throws `bad_request` with the faults by field. */
export async function createListener(deps: ListenerDeps, changes: ListenerChanges): Promise<SavedListener> {
  const id = deps.newId();
  const blank: ListenerRecord = {
    ...newSettings,
    id,
    name: '',
    guid: newGuid(deps),
    behaviorId: null,
    automations: null,
    sealedSecret: null,
    createdAt: 0,
    updatedAt: 0,
  };
  const { changed, madeSecret } = await readChanges(deps, blank, { behavior: '', ...changes });
  await insertListener(deps.db, id, changed, deps.now());
  await replaceListener(deps.db, await getListener(deps.db, id), changed, deps.now());
  return { listener: await getListener(deps.db, id), madeSecret };
}

/** Throws `bad_request` with the faults by field, `conflict` when the listener was changed meanwhile. */
export async function changeListener(
  deps: ListenerDeps,
  id: string,
  changes: ListenerChanges,
): Promise<SavedListener> {
  const before = await getListener(deps.db, id);
  const { changed, madeSecret } = await readChanges(deps, before, changes);
  return { listener: await replace(deps, before, changed), madeSecret };
}

/** Another address in place of the old one, which answers 404 from now on. */
export async function rotateGuid(deps: ListenerDeps, id: string): Promise<ListenerRecord> {
  const before = await getListener(deps.db, id);
  return replace(deps, before, { ...before, guid: newGuid(deps) });
}

/** Another secret made here; the old one signs nothing any more. Throws `conflict` where nothing is checked. */
export async function rotateSecret(deps: ListenerDeps, id: string): Promise<SavedListener> {
  const before = await getListener(deps.db, id);
  if (before.check.kind === 'none') {
    throw new HubError('conflict', 'The listener checks no signature; choose a check first.');
  }
  const madeSecret = writeSecret(deps.randomBytes(32));
  const sealedSecret = sealSecret(deps.vault, id, madeSecret);
  return { listener: await replace(deps, before, { ...before, sealedSecret }), madeSecret };
}

async function replace(
  { db, now }: ListenerDeps,
  before: ListenerRecord,
  changed: ListenerRecord,
): Promise<ListenerRecord> {
  if (!(await replaceListener(db, before, changed, now()))) {
    throw new HubError('conflict', `'${before.name}' was changed meanwhile. Look at it again, then save.`);
  }
  return getListener(db, before.id);
}

async function readChanges(
  deps: ListenerDeps,
  before: ListenerRecord,
  changes: ListenerChanges,
): Promise<{ changed: ListenerRecord; madeSecret: string | undefined }> {
  const { behavior, secret = '', ...settings } = changes;
  const given = Object.entries(settings).filter(([, value]) => value !== undefined);
  const changed: ListenerRecord = { ...before, ...Object.fromEntries(given) };
  const faults: { path: string; message: string }[] = [];
  const fault = (path: string, message: string) => faults.push({ path: `/${path}`, message });
  changed.name = changed.name.trim();
  if (changed.name === '' || changed.name.length > 255) fault('name', 'Type a name of 1 to 255 characters.');
  if (behavior !== undefined) {
    const found = await findBehavior(deps.db, behavior);
    if (found?.event.key === eventWebhookReceived) changed.behaviorId = found.id;
    else fault('behavior_id', 'Choose a behavior with the event "Webhook received".');
  }
  changed.replayHeader = changed.replayHeader.trim();
  if (changed.replayHeader !== '' && !isHeaderName(changed.replayHeader)) {
    fault('replay_header', 'This is the name of a header, such as X-GitHub-Delivery.');
  }
  const found = faultsOfCheck(changed.check, secret === '' ? undefined : secret);
  for (const { field, message } of found) fault(field === 'secret' ? field : `signature/${field}`, message);
  if (faults.length > 0) {
    const message = faults.map((one) => one.message).join(' ');
    throw new HubError('bad_request', message, { extra: { faults } });
  }
  if (changed.behaviorId !== null) changed.automations = null;
  return { ...readSecret(deps, before, changed, secret), changed };
}

/** Sets `sealedSecret` of the changed one: as given, as it was, or made here; another way of checking needs another. */
function readSecret(
  { vault, randomBytes }: ListenerDeps,
  before: ListenerRecord,
  changed: ListenerRecord,
  secret: string,
): { madeSecret: string | undefined } {
  if (changed.check.kind === 'none') {
    changed.sealedSecret = null;
    return { madeSecret: undefined };
  }
  const isKept = before.check.kind === changed.check.kind && before.sealedSecret !== null;
  if (secret === '' && isKept) return { madeSecret: undefined };
  const madeSecret = secret === '' ? writeSecret(randomBytes(32)) : undefined;
  changed.sealedSecret = sealSecret(vault, changed.id, madeSecret ?? secret);
  return { madeSecret };
}

/** 40 characters that are guessed by nobody. */
function newGuid({ randomBytes }: ListenerDeps): string {
  return Buffer.from(randomBytes(30)).toString('base64url');
}

/** The check as the API writes it; null for none. */
export function checkJson(check: SignatureCheck): Record<string, unknown> | null {
  if (check.kind === 'none') return null;
  const { toleranceSeconds, ...rest } = check;
  return { ...rest, tolerance_seconds: toleranceSeconds };
}

/** Of what the API was sent; strictly read there. */
export function checkFrom(
  json: (Record<string, unknown> & { tolerance_seconds: number }) | null,
): SignatureCheck {
  if (json === null) return noCheck;
  const { tolerance_seconds: toleranceSeconds, ...rest } = json;
  // The API's schema lets only checks through.
  return { ...rest, toleranceSeconds } as SignatureCheck;
}
