/** Record types for testing the importer by itself: what they read is kept as it is, nothing is stored. */
import type { RecordReading, RecordType } from '../../server/packages/record-type.ts';

export type PlainRecord = Readonly<Record<string, unknown>>;

interface Shape {
  context: string;
  aliases: string[];
  one: string;
  fields: string[];
  /** Field -> context it refers to. */
  references?: Record<string, string>;
  isBotTemplate?: (path: readonly (string | number)[]) => boolean;
}

const cerb = 'cerberusweb.contexts.';

export function plainType(shape: Shape): RecordType<PlainRecord> {
  return {
    context: shape.context,
    aliases: shape.aliases,
    one: shape.one,
    many: `${shape.one}s`,
    isBotTemplate: shape.isBotTemplate ?? (() => false),
    read: (fields, path) => readPlain(shape, fields, path),
    check: async () => ({ faults: [], warnings: [] }),
    insert: async () => {},
    fieldsOf: (fields) => ({ label: String(fields.name), fields, secrets: [], references: [] }),
    describe: async () => undefined,
    revise: async (_db, _id, fields, path) => readPlain(shape, fields, path),
    update: async () => true,
    dependents: async () => [],
    isGuarded: async () => false,
    remove: async () => {},
    list: async () => [],
    find: async () => undefined,
  };
}

function readPlain(shape: Shape, fields: PlainRecord, path: string): RecordReading<PlainRecord> {
  const references = Object.entries(shape.references ?? {}).flatMap(([key, context]) => {
    const id = fields[key];
    return typeof id === 'string' ? [{ path: `${path}/${key}`, context, id }] : [];
  });
  const { name, title, url, secret, extension_id: provider } = fields;
  const label = String(name ?? title ?? '');
  const unsupported = Object.keys(fields)
    .filter((key) => !shape.fields.includes(key))
    .map((key) => ({ path: `${path}/${key}`, message: `'${key}' is not kept` }));
  if (provider === 'unknown') unsupported.push({ path: `${path}/extension_id`, message: 'not known' });
  const faults = label === '' ? [{ path: `${path}/name`, message: 'A name is needed' }] : [];
  if (shape.fields.includes('extension_id') && provider === undefined)
    faults.push({ path: `${path}/extension_id`, message: 'A provider is needed' });
  if (url !== undefined && !URL.canParse(String(url)))
    faults.push({ path: `${path}/url`, message: 'Not a URL' });
  const host = faults.length === 0 && url !== undefined ? new URL(String(url)).hostname : undefined;
  return {
    value: fields,
    label,
    faults,
    unsupported,
    warnings: [],
    hosts: host === undefined ? [] : [{ host, receives: secret === undefined ? [] : ['Secret'] }],
    references,
  };
}

/** Service, account, bot and behavior under Cerb's names, with few fields. */
export const plainTypes: readonly RecordType[] = [
  plainType({
    context: `${cerb}connected_service`,
    aliases: ['connected_service'],
    one: 'Connected Service',
    fields: ['name', 'extension_id', 'url', 'secret', 'params', 'uri'],
  }),
  plainType({
    context: `${cerb}connected_account`,
    aliases: ['connected_account'],
    one: 'Connected Account',
    fields: ['name', 'service_id', 'secret', 'params', 'owner__context', 'owner_id'],
    references: { service_id: `${cerb}connected_service` },
  }),
  plainType({
    context: `${cerb}bot`,
    aliases: ['bot'],
    one: 'Bot',
    fields: ['name', 'owner', 'is_disabled', 'params', 'image'],
  }),
  plainType({
    context: `${cerb}behavior`,
    aliases: ['behavior'],
    one: 'Behavior',
    fields: ['title', 'bot_id', 'event', 'is_disabled', 'is_private', 'priority', 'variables', 'nodes'],
    references: { bot_id: `${cerb}bot` },
    isBotTemplate: (path) => path.includes('actions') && path.at(-1) === 'http_url',
  }),
];
