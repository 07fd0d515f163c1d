/** Rows of contacts: people at the other end, one for each remote person, whichever channel they write to. */
import type { Knex } from 'knex';
import { isDuplicate } from '../db/transaction.ts';
import type { RemotePerson } from './channel.ts';
import type { Contact } from './records.ts';

interface ContactRow {
  id: string;
  channel_type: string;
  remote_id: string;
  name: string | null;
  handle: string | null;
  image_url: string | null;
  created_at: number;
  updated_at: number;
}

type Profile = Partial<Pick<ContactRow, 'name' | 'handle' | 'image_url'>>;

/**
 * The person as a contact, made or brought up to date. `at` is the time of the event that tells: a later one
 * replaces names and picture, an earlier one only fills in what was not known.
 */
export async function keepContact(
  db: Knex,
  person: RemotePerson,
  { id, type, at }: { id: string; type: string; at: number },
): Promise<Contact> {
  const key = { channel_type: type, remote_id: person.id };
  const told = profileOf(person);
  const fresh = { id, ...key, name: null, handle: null, image_url: null, ...told };
  for (;;) {
    const row =
      (await findContactRow(db, key)) ??
      (await insertContact(db, { ...fresh, created_at: at, updated_at: at }));
    const isNewer = at > Number(row.updated_at);
    const changes = isNewer ? told : missingIn(row, told);
    if (Object.keys(changes).length === 0) return toContact(row);
    const changed = await db('contacts')
      .where({ id: row.id, updated_at: row.updated_at })
      .update({ ...changes, ...(isNewer && { updated_at: at }) });
    if (changed === 1) return toContact({ ...row, ...changes });
    // Another process changed or removed it since it was read: what it says now decides.
  }
}

export async function findContact(db: Knex, id: string): Promise<Contact | undefined> {
  const row: ContactRow | undefined = await db('contacts').where({ id }).first();
  return row && toContact(row);
}

export async function findContactByRemoteId(
  db: Knex,
  type: string,
  remoteId: string,
): Promise<Contact | undefined> {
  const row: ContactRow | undefined = await db('contacts')
    .where({ channel_type: type, remote_id: remoteId })
    .first();
  return row && toContact(row);
}

export async function listContacts(db: Knex, ids: readonly string[]): Promise<Contact[]> {
  const rows: ContactRow[] = await db('contacts').whereIn('id', [...ids]);
  return rows.map(toContact);
}

function findContactRow(
  db: Knex,
  key: Pick<ContactRow, 'channel_type' | 'remote_id'>,
): Promise<ContactRow | undefined> {
  return db('contacts').where(key).first();
}

/** The row as inserted, or as another process inserted it just before. */
async function insertContact(db: Knex, row: ContactRow): Promise<ContactRow> {
  try {
    await db('contacts').insert(row);
    return row;
  } catch (error) {
    const { channel_type, remote_id } = row;
    const other = isDuplicate(error) ? await findContactRow(db, { channel_type, remote_id }) : undefined;
    if (!other) throw error;
    return other;
  }
}

function missingIn(row: ContactRow, told: Profile): Profile {
  return {
    ...(row.name === null && told.name !== undefined && { name: told.name }),
    ...(row.handle === null && told.handle !== undefined && { handle: told.handle }),
    ...(row.image_url === null && told.image_url !== undefined && { image_url: told.image_url }),
  };
}

/** What an event tells of a person; what it leaves out is not forgotten. */
function profileOf({ name, handle, imageUrl }: RemotePerson): Profile {
  return {
    ...(name !== null && { name: name.slice(0, 255) }),
    ...(handle !== null && { handle: handle.slice(0, 255) }),
    ...(imageUrl !== null && { image_url: imageUrl }),
  };
}

function toContact(row: ContactRow): Contact {
  return {
    id: row.id,
    channelType: row.channel_type,
    remoteId: row.remote_id,
    name: row.name,
    handle: row.handle,
    imageUrl: row.image_url,
  };
}
