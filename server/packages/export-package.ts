/** Described records to a package: references become uids, secrets become prompts. Pure. */
import type { JsonObject } from './reading.ts';
import type { RecordDescription, RecordType, Remark } from './record-type.ts';

/** A record chosen for a package. */
export interface ChosenRecord {
  type: Pick<RecordType, 'context' | 'aliases' | 'one'>;
  id: string;
  description: RecordDescription;
}

export interface ExportedPackage {
  package: JsonObject;
  /** What is not as it was here, by its path in the package. */
  notes: Remark[];
}

/** What the package says of itself. */
export interface PackageTitle {
  name: string;
  revision: number;
}

type Values = Record<string, unknown>;

interface Prompt {
  type: string;
  key: string;
  label: string;
  params: Values;
}

const botContext = 'cerberusweb.contexts.bot';
const behaviorContext = 'cerberusweb.contexts.behavior';

/**
 * Bots come with those of their behaviors that are chosen. A record that is referred to and not chosen is asked for
 * by a chooser, a secret by a text prompt; tokens that a person's consent brought never leave.
 */
export function buildPackage(chosen: readonly ChosenRecord[], title: PackageTitle): ExportedPackage {
  const uids = nameRecords(chosen);
  const prompts = new Map<string, Prompt>();
  const notes: Remark[] = [];
  const sections: Record<'records' | 'bots' | 'behaviors', Values[]> = {
    records: [],
    bots: [],
    behaviors: [],
  };
  const bots = new Map<string, Values[]>();
  const place = (section: Values[], path: string, record: ChosenRecord, values: Values) => {
    noteOwner(values, `${path}/${section.length}`, record, notes);
    section.push(values);
  };
  for (const record of inOrder(chosen)) {
    const uid = uids.get(record.id) ?? '';
    const values = writeRecord(record, uids, prompts);
    const { context } = record.type;
    if (context === botContext) {
      const behaviors: Values[] = [];
      bots.set(record.id, behaviors);
      place(sections.bots, '/bots', record, { uid, ...values, behaviors });
    } else if (context === behaviorContext) {
      const owner = record.description.references.find((one) => one.path === '/bot_id')?.id ?? '';
      const { bot_id: botId, ...rest } = values;
      const inside = bots.get(owner);
      if (inside) inside.push({ uid, ...rest });
      else sections.behaviors.push({ uid, bot_id: botId, ...rest });
    } else {
      const name = record.type.aliases[0] ?? context;
      place(sections.records, '/records', record, { uid, _context: name, ...values });
    }
  }
  return {
    package: {
      package: {
        name: title.name,
        revision: title.revision,
        requires: { cerb_version: '9.1.0', plugins: [] },
        configure: { placeholders: [], prompts: [...prompts.values()] },
      },
      ...Object.fromEntries(Object.entries(sections).filter(([, items]) => items.length > 0)),
    },
    notes,
  };
}

/** Services, accounts and others first, then bots, then behaviors, so that each behavior finds its bot. */
function inOrder(chosen: readonly ChosenRecord[]): ChosenRecord[] {
  const rank = ({ type }: ChosenRecord) => [botContext, behaviorContext].indexOf(type.context);
  return [...chosen].sort((a, b) => rank(a) - rank(b));
}

/** Record id -> a uid made of type and label. */
function nameRecords(chosen: readonly ChosenRecord[]): ReadonlyMap<string, string> {
  const taken = new Set<string>();
  return new Map(
    chosen.map(({ id, type, description }) => {
      const wanted = `${slug(type.aliases[0] ?? type.one)}_${slug(description.label) || 'record'}`.slice(
        0,
        100,
      );
      let uid = wanted;
      for (let number = 2; taken.has(uid); number++) uid = `${wanted}_${number}`;
      taken.add(uid);
      return [id, uid];
    }),
  );
}

function writeRecord(
  { description, id }: ChosenRecord,
  uids: ReadonlyMap<string, string>,
  prompts: Map<string, Prompt>,
): Values {
  // A copy of plain JSON, with what would be read as a package's template written so that it is not.
  const values = protect(description.fields) as Values;
  for (const { path, context, id: other } of description.references) {
    const uid = uids.get(other);
    setAt(values, path, uid === undefined ? askForRecord(prompts, context) : `{{{uid.${uid}}}}`);
  }
  for (const { path, label } of description.secrets) {
    const key = `prompt_${slug(uids.get(id) ?? '')}_${slug(path.slice(path.lastIndexOf('/') + 1))}`;
    const secretKey = /secret|token|password|key/.test(key) ? key : `${key}_secret`;
    prompts.set(secretKey, {
      type: 'text',
      key: secretKey,
      label: `${label} of ${description.label}`,
      params: { default: '', placeholder: '' },
    });
    setAt(values, path, `{{{${secretKey}}}}`);
  }
  return values;
}

/** One chooser for each type that is asked for; two records of a type outside the package get one answer. */
function askForRecord(prompts: Map<string, Prompt>, context: string): string {
  const name = context.slice(context.lastIndexOf('.') + 1);
  const key = `prompt_${name}_id`;
  const label = `Which ${name.replaceAll('_', ' ')} to use`;
  prompts.set(key, { type: 'chooser', key, label, params: { context, query: '', single: true } });
  return `{{{${key}}}}`;
}

/** Groups and workers of this hub are not known to another: there the application owns the record. */
function noteOwner(values: Values, path: string, { description }: ChosenRecord, notes: Remark[]): void {
  const nested = values.owner as { context?: unknown } | undefined; // bots write their owner as an object
  const context = nested?.context ?? values.owner__context;
  if (context === undefined || context === 'cerberusweb.contexts.app') return;
  if (nested) values.owner = { context: 'cerberusweb.contexts.app', id: '0' };
  else Object.assign(values, { owner__context: 'cerberusweb.contexts.app', owner_id: '0' });
  const kind = String(context).replace('cerberusweb.contexts.', '');
  notes.push({
    path: `${path}/${nested ? 'owner' : 'owner__context'}`,
    message: `'${description.label}' belongs to a ${kind} here; where the package is imported the application will own it.`,
  });
}

/** Opening braces of the package's own template language, written as an expression that renders to them. */
function protect(value: unknown): unknown {
  if (typeof value === 'string') return value.replace(/\{\{[{%#]/g, (opening) => `{{{'${opening}'}}}`);
  if (Array.isArray(value)) return value.map(protect);
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype)
    return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [protect(key), protect(member)]));
}

/** Sets the value at a JSON pointer; objects on the way are made. */
function setAt(root: Values, path: string, value: unknown): void {
  const keys = path
    .slice(1)
    .split('/')
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
  const last = keys.pop() ?? '';
  let at: Values = root;
  for (const key of keys) {
    const next = at[key];
    if (typeof next !== 'object' || next === null) at[key] = {};
    at = at[key] as Values; // an object or a list of plain JSON, or made just now
  }
  at[last] = value;
}

function slug(text: string): string {
  return text
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '');
}
