/** Create, update, upsert and delete records. */
import { HubError } from '../../errors.ts';
import { writeJson } from '../../json.ts';
import type { ActionTools, ActionType } from '../action.ts';
import type { JsonObject } from '../json-value.ts';
import {
  changesField,
  changesOf,
  contextField,
  idField,
  keep,
  objectField,
  onlySays,
  queryField,
  recordRemarks,
  recordsOf,
  rendered,
  simulatorField,
} from './record.ts';

export const recordCreate: ActionType = {
  id: 'core.bot.action.record.create',
  title: 'Create record',
  fields: [contextField, changesField, simulatorField, objectField],
  remarks: (params) => recordRemarks(params, [contextField, changesField]),
  run: async (params, tools) => create(params, tools, await changesOf(params, tools)),
};

export const recordUpdate: ActionType = {
  id: 'core.bot.action.record.update',
  title: 'Update record',
  fields: [contextField, idField, changesField, simulatorField, objectField],
  remarks: (params) => recordRemarks(params, [contextField, idField, changesField]),
  run: async (params, tools) =>
    update(params, tools, await rendered(params, tools, 'id'), await changesOf(params, tools)),
};

/** `core.bot.action.record.upsert`: changes the one record that the query finds, or makes one. */
export const recordUpsert: ActionType = {
  id: 'core.bot.action.record.upsert',
  title: 'Upsert record',
  fields: [contextField, queryField, changesField, simulatorField, objectField],
  remarks: (params) => recordRemarks(params, [contextField, queryField, changesField]),
  async run(params, tools) {
    const changes = await changesOf(params, tools);
    const query = await rendered(params, tools, 'query');
    const [found, another] = await recordsOf(params, tools).search(query);
    if (another) {
      throw new HubError('conflict', `More than one record is found by ${query}. Make it find one or none.`);
    }
    return found ? update(params, tools, String(found.id), changes) : create(params, tools, changes);
  },
};

export const recordDelete: ActionType = {
  id: 'core.bot.action.record.delete',
  title: 'Delete record',
  fields: [contextField, idField, simulatorField],
  remarks: (params) => recordRemarks(params, [contextField, idField]),
  async run(params, tools) {
    const records = recordsOf(params, tools);
    const record = await records.find(await rendered(params, tools, 'id'));
    tools.say(`>>> Deleting ${record.id} ${record._label}`);
    if (onlySays(params, tools)) return 'skipped';
    await records.remove(String(record.id));
    return 'done';
  },
};

async function create(
  params: JsonObject,
  tools: ActionTools,
  changes: JsonObject,
): Promise<'done' | 'skipped'> {
  const records = recordsOf(params, tools);
  tools.say(`>>> Creating a record:\n${writeJson(changes, 2)}`);
  if (onlySays(params, tools)) return 'skipped';
  const id = await records.create(changes);
  keep(params, tools, await records.find(id));
  tools.say(`>>> It is ${id}`);
  return 'done';
}

async function update(
  params: JsonObject,
  tools: ActionTools,
  idOrUri: string,
  changes: JsonObject,
): Promise<'done' | 'skipped'> {
  const records = recordsOf(params, tools);
  const { id, _label } = await records.find(idOrUri);
  tools.say(`>>> Updating ${id} ${_label}:\n${writeJson(changes, 2)}`);
  if (onlySays(params, tools)) return 'skipped';
  await records.update(String(id), changes);
  keep(params, tools, await records.find(String(id)));
  return 'done';
}
