/** Addresses of notices kept by admins: made, changed, started again, given another secret, tried. */
import type { Knex } from 'knex';
import type { Config } from '../config.ts';
import { inTransaction } from '../db/transaction.ts';
import { checkTarget } from '../delivery/policy.ts';
import { HubError } from '../errors.ts';
import { type HappeningKind, happeningKinds, insertNotice, writeNotice } from '../happenings.ts';
import type { Vault } from '../vault.ts';
import { writeSecret } from '../webhooks/standard-webhook.ts';
import type { Notice, NoticeAddress } from './notice.ts';
import { placeOfSecret } from './send.ts';
import { findAddress, insertAddress, replaceAddress } from './store.ts';
import { findNotice, hasten, sendAgain } from './store-notices.ts';

export interface AddressDeps {
  db: Knex;
  vault: Vault;
  config: Config;
  now(): number;
  newId(): string;
  randomBytes(size: number): Uint8Array;
}

/** What is undefined stays as it is. */
export interface AddressChanges {
  name?: string | undefined;
  url?: string | undefined;
  kinds?: readonly string[] | undefined;
  /** Switching on again sends what waits. */
  isOn?: boolean | undefined;
}

/** With the secret that was made, which is shown this once. */
export interface MadeAddress {
  address: NoticeAddress;
  secret: string;
}

/** Throws `not_found`. */
export async function getAddress(db: Knex, id: string): Promise<NoticeAddress> {
  const address = await findAddress(db, id);
  if (!address) throw new HubError('not_found', 'There is no such address for notices.');
  return address;
}

/** Throws `bad_request` with the faults by field. */
export async function createAddress(deps: AddressDeps, changes: AddressChanges): Promise<MadeAddress> {
  const id = deps.newId();
  const secret = writeSecret(deps.randomBytes(32));
  const now = deps.now();
  const blank: NoticeAddress = {
    id,
    name: '',
    url: '',
    kinds: [],
    state: 'on',
    problem: null,
    sealedSecret: deps.vault.seal(secret, placeOfSecret(id)),
    lastSuccessAt: null,
    createdAt: now,
    updatedAt: now,
  };
  const address = readChanges(deps, blank, changes);
  await inTransaction(deps.db, (trx) => insertAddress(trx, address));
  return { address: await getAddress(deps.db, id), secret };
}

/** Throws `bad_request` with the faults by field, `conflict` when the address was changed meanwhile. */
export async function changeAddress(
  deps: AddressDeps,
  id: string,
  changes: AddressChanges,
): Promise<NoticeAddress> {
  const before = await getAddress(deps.db, id);
  const changed = readChanges(deps, before, changes);
  await replace(deps, before, changed);
  if (changed.state === 'on' && before.state !== 'on') await hasten(deps.db, id, deps.now());
  return getAddress(deps.db, id);
}

/** From now on notices are signed with another secret. */
export async function rotateSecret(deps: AddressDeps, id: string): Promise<MadeAddress> {
  const before = await getAddress(deps.db, id);
  const secret = writeSecret(deps.randomBytes(32));
  await replace(deps, before, { ...before, sealedSecret: deps.vault.seal(secret, placeOfSecret(id)) });
  return { address: await getAddress(deps.db, id), secret };
}

/** Sends a notice of the kind `test` to this address alone; throws `conflict` while nothing is sent to it. */
export async function testAddress(deps: AddressDeps, id: string): Promise<Notice> {
  const { name, state } = await getAddress(deps.db, id);
  if (state !== 'on') throw new HubError('conflict', `Nothing is sent to '${name}'. Start it again first.`);
  const noticeId = deps.newId();
  const now = deps.now();
  const body = writeNotice({ kind: 'test', at: now, subject: { id, label: name } });
  await insertNotice(deps.db, { id: noticeId, addressId: id, kind: 'test', body, now });
  return getNotice(deps.db, noticeId);
}

/** Has an ended notice sent once more, under the id it had. Throws `conflict` for one that waits. */
export async function repeatNotice(deps: AddressDeps, id: string): Promise<Notice> {
  await getNotice(deps.db, id);
  if (!(await sendAgain(deps.db, id, deps.now()))) {
    throw new HubError('conflict', 'This notice waits to be sent already.');
  }
  return getNotice(deps.db, id);
}

async function getNotice(db: Knex, id: string): Promise<Notice> {
  const notice = await findNotice(db, id);
  if (!notice) throw new HubError('not_found', 'There is no such notice.');
  return notice;
}

async function replace(
  { db, now }: AddressDeps,
  before: NoticeAddress,
  changed: NoticeAddress,
): Promise<void> {
  const isReplaced = await inTransaction(db, (trx) => replaceAddress(trx, before, changed, now()));
  if (!isReplaced) {
    throw new HubError('conflict', `'${before.name}' was changed meanwhile. Look at it again, then save.`);
  }
}

function readChanges(deps: AddressDeps, before: NoticeAddress, changes: AddressChanges): NoticeAddress {
  const name = (changes.name ?? before.name).trim();
  const url = (changes.url ?? before.url).trim();
  const kinds = [...new Set(changes.kinds ?? before.kinds)];
  const faults: { path: string; message: string }[] = [];
  const fault = (path: string, message: string) => faults.push({ path, message });
  if (name === '' || name.length > 255) fault('/name', 'Type a name of 1 to 255 characters.');
  const problem = problemOfUrl(deps.config, url);
  if (problem !== undefined) fault('/url', problem);
  const unknown = kinds.filter((kind) => !Object.hasOwn(happeningKinds, kind));
  if (unknown.length > 0) fault('/kinds', `There is no kind '${unknown.join("', '")}'.`);
  if (kinds.length === 0) fault('/kinds', 'Choose at least one kind of notice.');
  if (faults.length > 0) {
    const message = faults.map((one) => one.message).join(' ');
    throw new HubError('bad_request', message, { extra: { faults } });
  }
  const state = changes.isOn === undefined ? before.state : changes.isOn ? 'on' : 'off';
  // Unknown kinds were refused above.
  const known = kinds as HappeningKind[];
  return { ...before, name, url, kinds: known, state, problem: state === 'stopped' ? before.problem : null };
}

function problemOfUrl(config: Config, text: string): string | undefined {
  if (!URL.canParse(text) || text.length > 2048) return 'Type the address of the receiver, with https://.';
  try {
    const url = new URL(text);
    checkTarget(config, url, { allowedHosts: [url.host] });
    return undefined;
  } catch (error) {
    if (error instanceof HubError) return error.message;
    throw error;
  }
}
