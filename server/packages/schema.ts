/** The JSON Schema of the format, packages/schema.json, asked about a package. The one file that touches ajv. */
import { readFileSync } from 'node:fs';
import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import { fromRoot } from '../root.ts';
import { pointerTo } from './positions.ts';
import type { Remark } from './record-type.ts';

/** Every place of a package's JSON that is not as the schema has it, once each. */
export type SchemaCheck = (value: unknown) => Remark[];

/** Reads and compiles the schema. */
export function readSchema(file: string = fromRoot('packages', 'schema.json')): SchemaCheck {
  // Sub-schemas below `if` and `allOf` lean on the type that is said above them.
  const ajv = new Ajv2020({
    allErrors: true,
    verbose: true,
    strictTypes: false,
    strictRequired: false,
    allowUnionTypes: true,
  });
  const validate: ValidateFunction = ajv.compile(JSON.parse(readFileSync(file, 'utf8')));
  return (value) => {
    validate(value);
    return remarksOf(validate.errors ?? []);
  };
}

/** Keywords from the one that says most to the one that says least; what is not here only sums others up. */
const telling = [
  'additionalProperties',
  'required',
  'enum',
  'const',
  'not',
  'minimum',
  'maximum',
  'exclusiveMinimum',
  'maxLength',
  'minLength',
  'minItems',
  'minProperties',
  'maxItems',
  'type',
  'pattern',
];

function remarksOf(errors: readonly ErrorObject[]): Remark[] {
  const said = new Map<string, ErrorObject>();
  for (const error of errors) {
    const rank = telling.indexOf(error.keyword);
    const path = pathOf(error);
    const other = said.get(path);
    if (rank >= 0 && (!other || rank < telling.indexOf(other.keyword))) said.set(path, error);
  }
  return [...said].map(([path, error]) => ({ path, message: `Not as the schema has it: ${wordsOf(error)}` }));
}

/** A key too much, or one that is missing, has a place of its own. */
function pathOf({ instancePath, keyword, params }: ErrorObject): string {
  if (keyword === 'additionalProperties') return instancePath + pointerTo([params.additionalProperty]);
  return keyword === 'required' ? instancePath + pointerTo([params.missingProperty]) : instancePath;
}

function wordsOf({ keyword, params, parentSchema }: ErrorObject): string {
  switch (keyword) {
    case 'additionalProperties':
      return `the key '${params.additionalProperty}' is not known here.`;
    case 'required':
      return `the key '${params.missingProperty}' is missing.`;
    case 'enum':
      return `known are ${[...new Set(params.allowedValues.map(textOf))].join(', ')}.`;
    case 'const':
      return `known is ${textOf(params.allowedValue)}.`;
    case 'type':
      return `${wordOf([params.type].flat())} must stand here.`;
    case 'minimum':
    case 'maximum':
    case 'exclusiveMinimum':
      return `the number must be ${params.comparison} ${params.limit}.`;
    case 'maxLength':
      return `at most ${params.limit} characters.`;
    case 'maxItems':
      return 'an object must stand here.';
    default:
      return parentSchema?.description ?? 'something must stand here.';
  }
}

/** What stands for nothing, and PHP's empty list for an empty object, need no word. */
const words: readonly (readonly [type: string, word: string])[] = [
  ['object', 'an object'],
  ['array', 'a list'],
  ['string', 'text'],
  ['number', 'a number'],
  ['integer', 'a whole number'],
];

function wordOf(types: readonly string[]): string {
  const said = words.filter(([type]) => types.includes(type)).map(([, word]) => word);
  return (types.includes('object') ? said.filter((word) => word !== 'a list') : said).join(' or ');
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
