/** What the package pages show, as plain values. Pure. */
import { type Answers, answersIn } from './answers.ts';
import { picklistOptions } from './header.ts';
import type { PackagePlan } from './import.ts';
import type { LibraryPackage } from './library.ts';
import type { PackageFault } from './package-text.ts';
import { own, textOf } from './reading.ts';
import type { RecordType } from './record-type.ts';
import type { RoleGroup } from './roles.ts';
import type { ImportedRecord } from './store.ts';

/** Records that a chooser prompt offers, by prompt key. */
export type Choices = ReadonlyMap<string, readonly { id: string; label: string }[]>;

export interface FieldModel {
  name: string;
  label: string;
  /** 'checks': any number of the options. */
  kind: 'text' | 'password' | 'select' | 'checks';
  value: string;
  placeholder: string;
  options: { value: string; label: string; selected: boolean }[];
  help: string;
  error: string;
}

/** What this helpdesk answers in its settings; each is missing until it is set. */
export type SiteAnswers = Readonly<Partial<Record<'app_name' | 'app_description' | 'app_website', string>>>;

/** One line of what the remote site will ask for. */
export interface SiteFacts {
  site: string;
  url: string;
  facts: { label: string; value: string }[];
}

/** The Configuration fieldset. Answers that look secret are never written back into the page. */
export function promptFields(
  plan: PackagePlan,
  answers: Answers,
  choices: Choices,
  isAsked: boolean,
): FieldModel[] {
  return plan.prompts.map((prompt) => {
    const text = (key: string) => textOf(own(prompt.params, key)) ?? '';
    const given = own(answers, prompt.key);
    const chosen = given === undefined ? [text('default')] : answersIn(given);
    const value = chosen[0] ?? '';
    const records = choices.get(prompt.key) ?? [];
    const none = prompt.isMultiple ? [] : [{ value: '', label: 'Choose…' }];
    const options =
      prompt.type === 'picklist'
        ? picklistOptions(prompt.params)
        : [...none, ...records.map(({ id, label }) => ({ value: id, label }))];
    const isSelect = prompt.type !== 'text';
    return {
      name: `prompt.${prompt.key}`,
      label: prompt.label,
      kind: prompt.isMultiple ? 'checks' : isSelect ? 'select' : prompt.secret ? 'password' : 'text',
      value: prompt.secret ? '' : value,
      placeholder: text('placeholder'),
      options: isSelect
        ? options.map((option) => ({ ...option, selected: chosen.includes(option.value) }))
        : [],
      help: helpFor(plan, prompt, records.length),
      error: isAsked ? (prompt.problem ?? '') : '',
    };
  });
}

function helpFor(plan: PackagePlan, prompt: PackagePlan['prompts'][number], records: number): string {
  if (prompt.type === 'chooser') return records === 0 ? 'There is no such record yet; make it first.' : '';
  if (!prompt.secret) return '';
  if (plan.mode === 'update') return 'A secret: leave it empty to keep the one that is stored.';
  if (prompt.hosts.length === 0) return 'A secret: kept sealed and not shown again.';
  return `A secret: kept sealed, not shown again, and used only for ${prompt.hosts.join(', ')}.`;
}

/** The choice of a group for what the package gives to a role. */
export function roleField(
  groups: readonly RoleGroup[],
  chosen: string | undefined,
): { options: FieldModel['options']; help: string } {
  const options = groups.map(({ id, name }) => ({ value: id, label: name, selected: id === chosen }));
  const none = { value: '', label: 'No group: they cannot be stored', selected: !chosen };
  return {
    options: [none, ...options],
    help:
      groups.length === 0
        ? 'Roles own nothing here, and there is no group yet; make one under Setup > Groups first.'
        : 'The package gives records to a role of Cerb; roles own nothing here, groups do.',
  };
}

/** Sections of a result page, by type in the order of the record types; a record has the address of its page. */
export function resultSections(
  imported: readonly ImportedRecord[],
  types: readonly RecordType[],
): { title: string; records: { label: string; uid: string; href: string }[] }[] {
  return types.flatMap((type) => {
    const records = imported.filter(({ context }) => context === type.context);
    const folder = type.many.toLowerCase().replaceAll(' ', '-');
    const bubbles = records.map(({ id, uid, label }) => ({ label, uid, href: `/${folder}/${id}` }));
    return bubbles.length === 0 ? [] : { title: type.many, records: bubbles };
  });
}

/** What the remote site asks for when an app is registered; without a package's own words in general ones. */
export function siteFacts(
  origin: string,
  answers: SiteAnswers,
  entry?: LibraryPackage,
): SiteFacts | undefined {
  if (entry && !entry.remoteSite) return undefined;
  const site = entry?.remoteSite ?? generalSite;
  return {
    site: site.site,
    url: site.url,
    facts: [
      { label: 'Name', value: answers.app_name ?? site.name },
      { label: 'Description', value: answers.app_description ?? site.description },
      { label: 'Website', value: answers.app_website ?? origin },
      { label: 'Callback URL', value: `${origin}/oauth/callback` },
    ],
  };
}

const generalSite = {
  site: 'the remote site',
  url: '',
  name: 'Helpdesk of YOUR COMPANY',
  description: 'Connects our account with our helpdesk.',
};

/** Faults with their place in words. */
/** How many lines before and after a fault are shown. */
const around = 2;

export interface ExcerptLine {
  number: number;
  text: string;
  isFault: boolean;
}

/** Lines around the first fault that has a place, numbered as in the text; undefined when none has. */
export function faultExcerpt(text: string, faults: readonly PackageFault[]): ExcerptLine[] | undefined {
  const line = faults.find((fault) => fault.line !== undefined)?.line;
  if (line === undefined) return undefined;
  const marked = new Set(faults.map((fault) => fault.line));
  const lines = text.split(/\r\n|\r|\n/);
  const from = Math.max(0, line - 1 - around);
  return lines.slice(from, line + around).map((content, index) => {
    const number = from + index + 1;
    const cut = content.length > 200 ? `${content.slice(0, 200)}…` : content;
    return { number, text: cut, isFault: marked.has(number) };
  });
}

export function faultLines(
  faults: readonly PackageFault[],
): { place: string; line: number | null; message: string }[] {
  return faults.map(({ path, message, line, column }) => {
    const position = line === undefined ? '' : `Line ${line}, column ${column}`;
    return { place: [position, path].filter(Boolean).join(' · '), line: line ?? null, message };
  });
}
