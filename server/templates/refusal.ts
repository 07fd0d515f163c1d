/** What Cerb's templates have and ours do not, each with the reason that people are told. Pure. */

const records = 'it reads records of a helpdesk, which are not kept here';
const rights = 'who may do what is decided by the hub for each action, never by a template';
const pictures = 'there are no pictures of people or records here';
const xml = 'XML is not read in templates; ask the remote service for JSON where it offers it';
const arrows = 'functions cannot be handed to a filter; use a loop';
const files = 'a template reaches no file and no other template';

const reasons: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  filter: {
    cerb_translate: "Cerb's dictionary of words is not here; write the words themselves",
    context_alias: records,
    context_name: records,
    convert_encoding: 'every text here is Unicode',
    image_info: 'the bytes of pictures do not pass through templates',
    kata_encode: "KATA is the language of Cerb's automations, which are not read here; use json_encode",
    markdown_to_html: 'no HTML is made here; send the Markdown, or write the HTML',
    map: arrows,
    filter: arrows,
    reduce: arrows,
    find: arrows,
    spaceless: 'Cerb dropped it too; use the signs {%- and -%}',
  },
  function: {
    cerb_automation: "Cerb's automations are not run here",
    cerb_avatar_image: pictures,
    cerb_avatar_url: pictures,
    cerb_calendar_time_elapsed: 'there are no calendars here',
    cerb_extract_uris: files,
    cerb_file_url: files,
    cerb_has_priv: rights,
    cerb_placeholders_list: 'use _context, which holds every placeholder',
    cerb_record_readable: rights,
    cerb_record_writeable: rights,
    cerb_url: 'write the address itself, or keep it in the configuration of the bot',
    kata_parse: "KATA is the language of Cerb's automations, which are not read here",
    placeholders_list: 'use _context, which holds every placeholder',
    vobject_parse: 'calendars and contact cards are not read here',
    xml_attr: xml,
    xml_attrs: xml,
    xml_decode: xml,
    xml_encode: xml,
    xml_tag: xml,
    xml_xpath: xml,
    xml_xpath_ns: xml,
    block: files,
    constant: 'the constants of the program are out of reach',
    dump: 'use json_encode to look at a value',
    include: files,
    parent: files,
    source: files,
    template_from_string: files,
  },
  test: {
    constant: 'the constants of the program are out of reach',
    'record type': records,
  },
  tag: {
    autoescape: 'nothing is escaped by itself; use the filter escape',
    block: files,
    embed: files,
    extends: files,
    from: files,
    import: files,
    include: files,
    macro: 'use a loop, or set',
    spaceless: 'Cerb dropped it too; use the signs {%- and -%}',
    use: files,
  },
};

/** The sentence for a filter, function, test or tag that is not ours. */
export function refusal(kind: string, name: string): string {
  const table = Object.hasOwn(reasons, kind) ? reasons[kind] : undefined;
  const reason = table && Object.hasOwn(table, name) ? table[name] : undefined;
  return `The ${kind} "${name}" is not available here${reason ? `: ${reason}` : ''}.`;
}

/** Every name that is refused with a reason of its own, by kind; documents list them. */
export function refusedNames(): { kind: string; names: string[] }[] {
  return Object.entries(reasons).map(([kind, table]) => ({ kind, names: Object.keys(table) }));
}
