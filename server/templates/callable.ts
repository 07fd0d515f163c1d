/** What a filter, function or test of a template is. Pure. */
import type { TemplateValue } from './template-value.ts';

/** What templates get from outside: time in milliseconds, a random integer below a bound, the zone of dates. */
export interface TemplateTools {
  now(): number;
  randomInt(below: number): number;
  timeZone: string;
}

/**
 * `parameters` are names as templates may write them, "?" marks those that may be left out (they come as null),
 * "..." takes any number. A filter's or test's first argument is what stands before it.
 */
export interface TemplateCallable {
  parameters: readonly string[];
  call(tools: TemplateTools, ...values: TemplateValue[]): TemplateValue;
}

export type CallableTable = Readonly<Record<string, TemplateCallable>>;
