/** Search records, retrieve a record. */
import type { ActionType } from '../action.ts';
import {
  contextField,
  idField,
  keep,
  objectField,
  queryField,
  recordRemarks,
  recordsOf,
  rendered,
} from './record.ts';

/** `core.bot.action.record.search`; what was found stands under its ids, as in Cerb. */
export const recordSearch: ActionType = {
  id: 'core.bot.action.record.search',
  title: 'Search records',
  fields: [contextField, queryField, objectField],
  remarks: (params) => recordRemarks(params, [contextField, objectField]),
  async run(params, tools) {
    const query = await rendered(params, tools, 'query');
    const records = await recordsOf(params, tools).search(query);
    keep(params, tools, Object.fromEntries(records.map((record) => [String(record.id), record])));
    const labels = records.map((record) => `${record.id} ${record._label}`);
    tools.say([`>>> Searching ${query || 'everything'}: ${records.length} found`, ...labels].join('\n'));
    return 'done';
  },
};

/** `core.bot.action.record.retrieve`. */
export const recordRetrieve: ActionType = {
  id: 'core.bot.action.record.retrieve',
  title: 'Retrieve record',
  fields: [contextField, idField, objectField],
  remarks: (params) => recordRemarks(params, [contextField, idField, objectField]),
  async run(params, tools) {
    const record = await recordsOf(params, tools).find(await rendered(params, tools, 'id'));
    keep(params, tools, record);
    tools.say(`>>> Retrieving ${record.id} ${record._label}`);
    return 'done';
  },
};
