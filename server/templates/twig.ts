/** The one file that calls twing: from text to a template that can be rendered, sandboxed. Pure. */
import {
  createSource,
  createSynchronousArrayLoader,
  createSynchronousEnvironment,
  createSynchronousFilter,
  createSynchronousFunction,
  createSynchronousTemplate,
  createSynchronousTest,
  type TwingSandboxSecurityPolicy,
  type TwingSynchronousCallable,
  type TwingSynchronousNodeExecutor,
} from 'twing';
import type { CallableTable, TemplateCallable, TemplateTools } from './callable.ts';
import { filters, tests } from './filters.ts';
import { functions } from './functions.ts';
import { maxTextLength, tooLong } from './php-value.ts';
import { refusal } from './refusal.ts';
import { TemplateError } from './template-error.ts';
import { checkTemplateShape, lineAt, type TemplatePart } from './template-scan.ts';
import type { TemplateValue } from './template-value.ts';
import { guardFaults } from './twig-fault.ts';
import {
  binaryTypes,
  createNodeExecutor,
  type NodeOptions,
  type TwigNode,
  tooMuchOutput,
} from './twig-node.ts';

export interface CompiledTemplate {
  tree: TwigNode;
  /** Renders over values of `toTemplateContext`; throws TemplateError. */
  render(values: ReadonlyMap<string, TemplateValue>, tools: TemplateTools, options: NodeOptions): string;
}

/** Tags of bot templates (cerb-contract 6.2). */
export const botTags = ['apply', 'do', 'filter', 'for', 'if', 'set', 'verbatim', 'with', 'sandbox'];

const nodeTypes = new Set([
  ...'template apply array assignment attribute_accessor block block_reference check_security check_to_string'.split(
    ' ',
  ),
  ...'comment conditional nullish_coalescing constant do filter for for_loop function hash if name print sandbox'.split(
    ' ',
  ),
  ...'set test text verbatim with and or not negative positive'.split(' '),
  ...binaryTypes,
]);

/** What twing asks in a sandbox; properties and methods are never left to twing (see twig-node.ts). */
const policy: TwingSandboxSecurityPolicy = {
  checkMethodAllowed: () => {
    throw new TemplateError('Methods cannot be called in a template.');
  },
  checkPropertyAllowed: () => {
    throw new TemplateError('This property cannot be read in a template.');
  },
  checkSecurity: (_tags, usedFilters, usedFunctions) => {
    const filter = usedFilters.find((name) => !Object.hasOwn(filters, name));
    if (filter !== undefined) return { message: refusal('filter', filter), token: filter, type: 'filter' };
    const called = usedFunctions.find((name) => !Object.hasOwn(functions, name));
    return called === undefined
      ? null
      : { message: refusal('function', called), token: called, type: 'function' };
  },
};

/**
 * Parses a template whose parts were scanned; refuses what is too large, tags beyond `tags`, and every filter,
 * function or test that is not ours. Throws TemplateError with the line.
 */
export function compileTemplate(
  source: string,
  parts: readonly TemplatePart[],
  tags: readonly string[],
): CompiledTemplate {
  checkTemplateShape(source, parts);
  for (const part of parts) if (part.kind === 'tag') checkTag(source, part, tags);
  // A new environment each time: twing keeps every node that an environment has parsed.
  const environment = createSynchronousEnvironment(createSynchronousArrayLoader({}), {
    parserOptions: { strict: false, level: 3 },
    sandboxPolicy: policy,
  });
  const state: { tools?: TemplateTools; spend?: (steps: number) => void } = {};
  environment.filters.clear();
  environment.functions.clear();
  environment.tests.clear();
  const wrap = (entry: TemplateCallable) => wrapCallable(entry, state);
  addUsed(filters, source, (name, entry) =>
    environment.addFilter(createSynchronousFilter(name, wrap(entry), parametersOf(entry), optionsOf(entry))),
  );
  addUsed(functions, source, (name, entry) =>
    environment.addFunction(
      createSynchronousFunction(name, wrap(entry), parametersOf(entry), optionsOf(entry)),
    ),
  );
  addUsed(tests, source, (name, entry) =>
    environment.addTest(createSynchronousTest(name, wrap(entry), parametersOf(entry), optionsOf(entry))),
  );

  const ast = guardFaults(() =>
    environment.parse(environment.tokenize(createSource('template', withApply(source, parts)))),
  );
  // TwigNode is the read-only view of twing's node that our code keeps to.
  const tree = ast as unknown as TwigNode;
  guardFaults(() => checkNodes(tree));
  const template = createSynchronousTemplate(ast);
  return {
    tree,
    render(values, tools, options) {
      const executor = createNodeExecutor(options);
      Object.assign(state, { tools, spend: executor.spend });
      // twing's type and ours name the same function; only the view of the node differs.
      const nodeExecutor = executor.execute as unknown as TwingSynchronousNodeExecutor;
      const output = guardFaults(
        () => template.render(environment, new Map(values), { sandboxed: true, strict: false, nodeExecutor }),
        executor.line,
      );
      if (Buffer.byteLength(output) > options.maxOutputLength) throw tooMuchOutput(options.maxOutputLength);
      return output;
    },
  };
}

/** `filter` is the old word for `apply`, as long with a blank: lines and columns stay. */
function withApply(source: string, parts: readonly TemplatePart[]): string {
  const rewrite = (part: TemplatePart) => {
    const text = source.slice(part.start, part.end);
    return part.kind === 'tag' ? text.replace(/^(\{%[-~]?\s{0,99}(?:end)?)filter\b/, '$1apply ') : text;
  };
  return parts.map(rewrite).join('');
}

function checkTag(source: string, part: TemplatePart, tags: readonly string[]): void {
  const name =
    /^\{%[-~]?\s*(\w+)/.exec(source.slice(part.start, Math.min(part.end, part.start + 300)))?.[1] ?? '';
  const opening = name.replace(/^end/, '');
  if (tags.includes(opening) || name === 'else' || name === 'elseif') return;
  throw new TemplateError(refusal('tag', opening), lineAt(source, part.start));
}

/** Whole tree: node types, callables by name, numbers that the parser could not hold. */
function checkNodes(node: TwigNode): void {
  const name = String(node.attributes.operatorName);
  const table: CallableTable | undefined = { filter: filters, function: functions, test: tests }[
    node.type ?? ''
  ];
  if (table && !Object.hasOwn(table, name))
    throw new TemplateError(refusal(node.type ?? '', name), node.line);
  if (node.type === 'template' && node.children.parent)
    throw new TemplateError('A template cannot extend another.', node.line);
  if (node.type !== null && !nodeTypes.has(node.type))
    throw new TemplateError(
      `"${node.type.replaceAll('_', ' ')}" is not available in templates here.`,
      node.line,
    );
  const value = node.type === 'constant' ? node.attributes.value : undefined;
  if (typeof value === 'number' && Math.abs(value) > Number.MAX_SAFE_INTEGER)
    throw new TemplateError('A number of more than 15 digits must be written in quotes.', node.line);
  for (const child of Object.values(node.children)) checkNodes(child);
}

/** What the parser itself puts behind `[1:2]`, `default` and `??`. */
const implied = ['slice', 'defined', 'null'];

/** Registers what the source could mean, by its text: registering everything would take longer than parsing. */
function addUsed(
  table: CallableTable,
  source: string,
  add: (name: string, entry: TemplateCallable) => void,
): void {
  for (const [name, entry] of Object.entries(table)) {
    if (implied.includes(name) || source.includes(name.replace(/ .*/, ''))) add(name, entry);
  }
}

function parametersOf(entry: TemplateCallable): { name: string; defaultValue?: null }[] {
  return entry.parameters
    .filter((name) => name !== '...')
    .map((name) => (name.endsWith('?') ? { name: name.slice(0, -1), defaultValue: null } : { name }));
}

function optionsOf(entry: TemplateCallable): { is_variadic?: boolean } {
  return entry.parameters.includes('...') ? { is_variadic: true } : {};
}

function wrapCallable(
  entry: TemplateCallable,
  state: { tools?: TemplateTools; spend?: (steps: number) => void },
): TwingSynchronousCallable {
  return (_context: unknown, ...values: (TemplateValue | undefined)[]) => {
    if (!state.tools || !state.spend) throw new TemplateError('A filter ran outside a render.');
    const known = values.map((value) => value ?? null);
    for (const value of known) state.spend(workOf(value));
    const result = entry.call(state.tools, ...known);
    state.spend(workOf(result));
    if (typeof result === 'string' && result.length > maxTextLength) throw tooLong();
    return result;
  };
}

function workOf(value: TemplateValue): number {
  if (typeof value === 'string') return value.length >> 6;
  return value instanceof Map ? value.size : Array.isArray(value) ? value.length : 0;
}
