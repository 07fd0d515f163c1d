/** Records of one kind, bound to the bot that asks. */
import { HubError } from '../errors.ts';
import type { Actor } from '../people/actor.ts';
import type { ActionTools } from './action.ts';
import type { RecordKind } from './record-kinds.ts';
import { readRecordQuery } from './record-query.ts';

export function boundRecords(kind: RecordKind, actor: Actor): ReturnType<ActionTools['records']> {
  const refuse = (): never => {
    throw new HubError(
      'forbidden',
      `A ${kind.one} is only read by behaviors; it is changed in its own pages.`,
    );
  };
  return {
    search: async (query) => kind.search(actor, readRecordQuery(query, kind.words)),
    find: async (idOrUri) => kind.find(actor, idOrUri),
    create: async (fields) => (kind.create ? kind.create(actor, fields) : refuse()),
    update: async (id, fields) => (kind.update ? kind.update(actor, id, fields) : refuse()),
    remove: async (id) => (kind.remove ? kind.remove(actor, id) : refuse()),
  };
}
