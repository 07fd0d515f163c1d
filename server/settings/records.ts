/** Settings as the package importer sees them. */
import type { RecordDescription, RecordReading, RecordType } from '../packages/record-type.ts';
import { parseSetting, type Setting, settingContext } from './setting.ts';
import { deleteSetting, findSetting, insertSetting, readSettings, updateSetting } from './store.ts';

export function settingType({ now }: { now(): number }): RecordType<Setting> {
  const read = (fields: Readonly<Record<string, unknown>>, path: string): RecordReading<Setting> => {
    const { value, faults, unsupported } = parseSetting(fields, path);
    const remarks = { faults, unsupported, warnings: [] };
    return {
      value,
      label: value.name,
      ...remarks,
      hosts: [],
      references: [],
      unique: [{ path, name: `setting '${value.name}'`, value: value.name }],
    };
  };
  return {
    context: settingContext,
    aliases: ['setting'],
    one: 'Setting',
    many: 'Settings',
    isBotTemplate: () => false,
    read,
    async check(db, { name }, path, _planned, ownId) {
      const holder = await findSetting(db, { name });
      if (!holder || holder.id === ownId) return { faults: [], warnings: [] };
      const message = `'${name}' is set here already. Take it out of the package, or empty it under Setup > Settings first.`;
      return { faults: [{ path, message }], warnings: [] };
    },
    insert: (db, id, setting) => insertSetting(db, id, setting, now()),
    fieldsOf: describe,
    async describe(db, id) {
      const setting = await findSetting(db, { id });
      return setting && { ...describe(setting), version: setting.updatedAt };
    },
    revise: async (_db, _id, fields, path) => read(fields, path),
    update: (db, id, setting, _by, version) => updateSetting(db, id, setting, now(), version),
    dependents: async () => [],
    isGuarded: async () => false,
    remove: deleteSetting,
    async list(db) {
      return Object.keys(await readSettings(db)).map((name) => ({ id: name, label: name }));
    },
    async find(db, id) {
      const setting = await findSetting(db, { id });
      return setting && { id: setting.id, label: setting.name };
    },
  };
}

function describe({ name, value }: Setting): RecordDescription {
  return { label: name, fields: { name, value }, secrets: [], references: [] };
}
