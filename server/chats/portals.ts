/** Portals made, changed and deleted by admins. */
import type { Knex } from 'knex';
import { getBot } from '../bots/bots.ts';
import { HubError } from '../errors.ts';
import type { Actor } from '../people/actor.ts';
import { type Portal, type PortalRecord, readSites } from './portal.ts';
import { deletePortal, findPortal, insertPortal, updatePortal } from './store-portals.ts';

export interface Deps {
  db: Knex;
  now(): number;
  newId(): string;
  randomBytes(size: number): Uint8Array;
}

/** As a form sends it; sites one a line. */
export interface PortalForm {
  name: string;
  bot: string;
  interaction: string;
  sites: string;
  isEnabled: boolean;
}

/** Throws `not_found`. */
export async function getPortal(db: Knex, id: string): Promise<PortalRecord> {
  const portal = await findPortal(db, { id });
  if (!portal) throw new HubError('not_found', 'There is no such chat portal.');
  return portal;
}

/** Makes a portal with an address of its own. Throws `bad_request` with the faults. */
export async function createPortal(deps: Deps, actor: Actor, form: PortalForm): Promise<string> {
  const portal = await readPortal(deps.db, actor, form);
  const id = deps.newId();
  const token = Buffer.from(deps.randomBytes(18)).toString('base64url');
  await insertPortal(deps.db, { id, token, ...portal }, deps.now());
  return id;
}

/** Its address stays what it is. */
export async function changePortal(deps: Deps, actor: Actor, id: string, form: PortalForm): Promise<void> {
  await getPortal(deps.db, id);
  await updatePortal(deps.db, id, await readPortal(deps.db, actor, form), deps.now());
}

/** Deletes it with its conversations. */
export async function removePortalOf(deps: Deps, id: string): Promise<PortalRecord> {
  const portal = await getPortal(deps.db, id);
  await deletePortal(deps.db, id);
  return portal;
}

async function readPortal(db: Knex, actor: Actor, form: PortalForm): Promise<Portal> {
  const faults: { path: string; message: string }[] = [];
  const name = form.name.trim();
  if (name === '' || name.length > 255) {
    faults.push({ path: '/name', message: 'A chat portal needs a name of 1 to 255 characters.' });
  }
  const interaction = form.interaction.trim();
  if (interaction.length > 255) {
    faults.push({ path: '/interaction', message: 'The name of an interaction has at most 255 characters.' });
  }
  const sites = tryRead(() => readSites(form.sites), '/sites', faults) ?? [];
  const bot = await getBot(db, actor, form.bot).catch(() => undefined);
  if (!bot) faults.push({ path: '/bot', message: 'Choose the bot that visitors talk with.' });
  if (faults.length > 0 || !bot) {
    const message = faults.map((fault) => fault.message).join(' ');
    throw new HubError('bad_request', message, { extra: { faults } });
  }
  return { name, botId: bot.id, interaction, sites, isEnabled: form.isEnabled };
}

function tryRead<T>(read: () => T, path: string, faults: { path: string; message: string }[]): T | undefined {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof HubError)) throw error;
    faults.push({ path, message: error.message });
    return undefined;
  }
}
