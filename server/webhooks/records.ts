/** Webhook listeners as the package importer sees them. */
import { behaviorContext } from '../bots/behavior.ts';
import type { RecordReading, RecordType, Remark } from '../packages/record-type.ts';
import {
  deleteListener,
  findListener,
  findListenerByGuid,
  insertListener,
  listListeners,
  updateListener,
} from './store.ts';
import {
  describeListener,
  listenerContext,
  parseListener,
  type WebhookListener,
} from './webhook-listener.ts';

export function webhookListenerType({ now }: { now(): number }): RecordType<WebhookListener> {
  const read = (fields: Readonly<Record<string, unknown>>, path: string): RecordReading<WebhookListener> => {
    const { value, faults, unsupported, warnings } = parseListener(fields);
    const place = (remarks: readonly Remark[]) =>
      remarks.map((remark) => ({ ...remark, path: path + remark.path }));
    const behavior = {
      path: `${path}/extension_params/behavior_id`,
      context: behaviorContext,
      id: value.behaviorId ?? '',
      isNeeded: true,
    };
    return {
      value,
      label: value.name,
      faults: place(faults),
      unsupported: place(unsupported),
      warnings: place(warnings),
      hosts: [],
      references: value.behaviorId ? [behavior] : [],
      unique: [{ path: `${path}/guid`, name: 'guid', value: value.guid }],
    };
  };
  return {
    context: listenerContext,
    aliases: ['webhook_listener', 'webhook listener', 'webhook listeners', 'webhook', 'webhooks'],
    one: 'Webhook Listener',
    many: 'Webhook Listeners',
    isBotTemplate: () => false,
    read,
    async check(db, { guid }, path, _planned, ownId) {
      const holder = await findListenerByGuid(db, guid);
      const isTaken = holder !== undefined && holder.id !== ownId;
      const message = 'The guid is taken by another webhook listener; each needs its own.';
      return { faults: isTaken ? [{ path: `${path}/guid`, message }] : [], warnings: [] };
    },
    insert: (db, id, listener) => insertListener(db, id, listener, now()),
    fieldsOf: (listener) => describeListener(listener, behaviorContext),
    async describe(db, id) {
      const listener = await findListener(db, id);
      return listener && { ...describeListener(listener, behaviorContext), version: listener.updatedAt };
    },
    revise: async (_db, _id, fields, path) => read(fields, path),
    update: (db, id, listener, _by, version) => updateListener(db, id, listener, now(), version),
    dependents: async () => [],
    isGuarded: async () => false,
    remove: async (trx, id) => void (await deleteListener(trx, id)),
    async list(db, query) {
      const { items } = await listListeners(db, { limit: 200 });
      const wanted = query.replace(/^\w+:/, '').replace(/[*"]/g, '').trim().toLowerCase();
      return items
        .filter(({ name }) => name.toLowerCase().includes(wanted))
        .map(({ id, name }) => ({ id, label: name }));
    },
    async find(db, id) {
      const listener = await findListener(db, id);
      return listener && { id: listener.id, label: listener.name };
    },
  };
}
