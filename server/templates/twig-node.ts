/** Runs the nodes of a parsed template with PHP's meaning and own-property access only. Pure. */
import { executeNodeSynchronously, type TwingSynchronousExecutionContext } from 'twing';
import { makeRange } from './functions.ts';
import { readPattern } from './php-pattern.ts';
import {
  calculate,
  compareValues,
  concatenate,
  equals,
  isTruthy,
  toList,
  toNumber,
  toText,
} from './php-value.ts';
import { TemplateError } from './template-error.ts';
import type { TemplateValue } from './template-value.ts';

/** A node of twing's tree, as far as we look into it. */
export interface TwigNode {
  type: string | null;
  attributes: Readonly<Record<string, unknown>>;
  children: Readonly<Record<string, TwigNode>>;
  line: number;
}

/** Thrown when a render has done all the steps it was given. */
export class StepsSpent extends TemplateError {}

export interface NodeOptions {
  /** Steps that may be taken; every node is one, long texts and lists count by their size. */
  steps: number;
  maxOutputLength: number;
  /** Says what a print tag writes; without it the value's text. */
  print?: (value: TemplateValue, node: TwigNode) => string;
}

export type NodeExecutor = (node: TwigNode, context: TwingSynchronousExecutionContext) => TemplateValue;

/** An executor for one render; `spend` charges work done elsewhere, such as in filters; `line` is where it is. */
export function createNodeExecutor(options: NodeOptions): {
  execute: NodeExecutor;
  spend(steps: number): void;
  line(): number;
} {
  let [stepsLeft, lengthLeft, line] = [options.steps, options.maxOutputLength, 1];

  const spend = (steps: number): void => {
    stepsLeft -= steps;
    if (stepsLeft < 0) throw new StepsSpent('The template takes too much work.');
  };

  const write = (text: string, context: TwingSynchronousExecutionContext): null => {
    lengthLeft -= text.length;
    if (lengthLeft < 0)
      throw new TemplateError(`The output is longer than ${options.maxOutputLength} bytes.`);
    context.outputBuffer.echo(text);
    return null;
  };

  const execute: NodeExecutor = (node, context) => {
    spend(1);
    line = node.line;
    const child = (name: string): TemplateValue => {
      const found = node.children[name];
      return found ? execute(found, context) : null;
    };
    switch (node.type) {
      case 'print': {
        const value = child('expression');
        return write(options.print ? options.print(value, node) : toText(value), context);
      }
      case 'text':
      case 'verbatim':
        return write(String(node.attributes.data), context);
      case 'check_to_string':
        return child('value');
      case 'name':
        return readName(node, context);
      case 'attribute_accessor':
        return readMember(node, child('target'), child('attribute'));
      case 'conditional':
      case 'nullish_coalescing':
        return isTruthy(child('expr1')) ? child('expr2') : child('expr3');
      case 'if':
        return runIf(node, context, execute);
      case 'hash':
        return readHash(context, node);
      case 'and':
        return isTruthy(child('left')) && isTruthy(child('right'));
      case 'or':
        return isTruthy(child('left')) || isTruthy(child('right'));
      case 'not':
        return !isTruthy(child('operand'));
      case 'negative':
        return calculate('subtract', 0, child('operand'));
      case 'positive':
        return toNumber(child('operand'));
      default:
        return node.type !== null && binaryTypes.has(node.type)
          ? combine(node.type, child('left'), child('right'), spend)
          : executeTwing(node, context);
    }
  };
  return { execute, spend, line: () => line };
}

/** The refusal of an output beyond its limit. */
export function tooMuchOutput(limit: number): TemplateError {
  return new TemplateError(`The output is longer than ${limit} bytes.`);
}

/** Binary operators whose both sides are always looked at. */
export const binaryTypes: ReadonlySet<string> = new Set(
  `add subtract multiply divide divide_and_floor modulo power concatenate is_equal_to is_not_equal_to is_greater_than
  is_greater_than_or_equal_to is_less_than is_less_than_or_equal_to spaceship is_in is_not_in starts_with ends_with
  matches range bitwise_and bitwise_or bitwise_xor`.split(/\s+/),
);

function combine(
  type: string,
  left: TemplateValue,
  right: TemplateValue,
  spend: (steps: number) => void,
): TemplateValue {
  spend((typeof left === 'string' ? left.length : 0) >> 6);
  switch (type) {
    case 'concatenate':
      return concatenate(left, right);
    case 'is_equal_to':
      return equals(left, right);
    case 'is_not_equal_to':
      return !equals(left, right);
    case 'is_greater_than':
      return compareValues(left, right) > 0;
    case 'is_greater_than_or_equal_to':
      return compareValues(left, right) >= 0;
    case 'is_less_than':
      return compareValues(left, right) < 0;
    case 'is_less_than_or_equal_to':
      return compareValues(left, right) <= 0;
    case 'spaceship':
      return compareValues(left, right);
    case 'is_in':
      return contains(right, left);
    case 'is_not_in':
      return !contains(right, left);
    case 'starts_with':
      return toText(left).startsWith(toText(right));
    case 'ends_with':
      return toText(left).endsWith(toText(right));
    case 'matches':
      return readPattern(toText(right)).test(toText(left));
    case 'range':
      return makeRange(left, right, 1);
    case 'bitwise_and':
      return Number(toNumber(left)) & Number(toNumber(right));
    case 'bitwise_or':
      return Number(toNumber(left)) | Number(toNumber(right));
    case 'bitwise_xor':
      return Number(toNumber(left)) ^ Number(toNumber(right));
    default:
      return calculate(type, left, right);
  }
}

function contains(haystack: TemplateValue, needle: TemplateValue): boolean {
  if (haystack !== null && typeof haystack === 'object')
    return toList(haystack).some((item) => equals(item, needle));
  return typeof needle !== 'object' && toText(haystack).includes(toText(needle));
}

function readName(node: TwigNode, context: TwingSynchronousExecutionContext): TemplateValue {
  const name = String(node.attributes.name);
  if (node.attributes.shouldTestExistence) return name === '_context' || context.context.has(name);
  if (name === '_context') return new Map(context.context.entries());
  return context.context.get(name) ?? null;
}

function readMember(node: TwigNode, target: TemplateValue, attribute: TemplateValue): TemplateValue {
  if (node.attributes.type === 'method') throw new TemplateError('Methods cannot be called in a template.');
  const key = typeof attribute === 'number' ? String(Math.trunc(attribute)) : toText(attribute);
  const found =
    target instanceof Map
      ? target.get(key)
      : Array.isArray(target) && /^\d+$/.test(key)
        ? target[Number(key)]
        : undefined;
  return node.attributes.shouldTestExistence ? found !== undefined : (found ?? null);
}

function runIf(
  node: TwigNode,
  context: TwingSynchronousExecutionContext,
  execute: NodeExecutor,
): TemplateValue {
  const branches = Object.values(node.children.tests?.children ?? {});
  for (let i = 0; i + 1 < branches.length; i += 2) {
    const [test, body] = [branches[i], branches[i + 1]];
    if (test && body && isTruthy(execute(test, context))) return execute(body, context);
  }
  return node.children.else ? execute(node.children.else, context) : null;
}

function readHash(context: TwingSynchronousExecutionContext, node: TwigNode): TemplateValue {
  const hash: unknown = executeTwing(node, context);
  return new Map(hash instanceof Map ? [...hash].map(([key, value]) => [toText(key), value]) : []);
}

function executeTwing(node: TwigNode, context: TwingSynchronousExecutionContext): TemplateValue {
  // The tree was made by twing, TwigNode is a view of it; what it returns was made by our own callables.
  return executeNodeSynchronously(node as Parameters<typeof executeNodeSynchronously>[0], context);
}
