/** Reads what a caller asks for in query or form. Pure. */
import { Refusal } from './refusal.ts';
import type { Page } from './timeline.ts';

export type Parameters = readonly (readonly [string, string])[];

/** First value of a name; `undefined` when it is absent. */
export function first(parameters: Parameters, name: string): string | undefined {
  return parameters.find(([key]) => key === name)?.[1];
}

/** Values of a comma-separated list. */
export function list(parameters: Parameters, name: string): string[] {
  return (first(parameters, name) ?? '').split(',').filter((item) => item !== '');
}

/** Page of a list, by the version's names. A number that is none, or lies outside the bounds, is refused. */
export function readPage(
  parameters: Parameters,
  names: { count: string; sinceId: string; maxId: string },
  bounds: { least: number; most: number; default: number },
): Page {
  const count = Number(digits(parameters, names.count) ?? bounds.default);
  if (count < bounds.least || count > bounds.most) throw new Refusal('badRequest', names.count);
  const sinceId = digits(parameters, names.sinceId);
  const maxId = digits(parameters, names.maxId);
  return {
    count,
    ...(sinceId !== undefined && { sinceId: BigInt(sinceId) }),
    ...(maxId !== undefined && { maxId: BigInt(maxId) }),
  };
}

function digits(parameters: Parameters, name: string): string | undefined {
  const value = first(parameters, name);
  if (value !== undefined && !/^\d{1,19}$/.test(value)) throw new Refusal('badRequest', name);
  return value;
}
