/** Turns whatever the template engine throws into a TemplateError. Pure. */
import { TemplateError } from './template-error.ts';
import { StepsSpent } from './twig-node.ts';

/** Runs engine code; `line` tells where a render was when the engine itself does not say. */
export function guardFaults<T>(work: () => T, line?: () => number): T {
  try {
    return work();
  } catch (error) {
    throw toTemplateError(error, line?.());
  }
}

function toTemplateError(error: unknown, line: number | undefined): TemplateError {
  if (error instanceof StepsSpent) return error;
  if (error instanceof TemplateError) return new TemplateError(error.message, error.line ?? line);
  if (error instanceof RangeError)
    return new TemplateError('The template is nested too deeply or builds too much.', line);
  if (!(error instanceof Error)) return new TemplateError('The template failed.', line);
  const ownLine = ('location' in error ? lineOf(error.location) : undefined) ?? line;
  if ('previous' in error && error.previous instanceof Error) return toTemplateError(error.previous, ownLine);
  const message = 'rootMessage' in error ? String(error.rootMessage) : error.message;
  return new TemplateError(message.replace(/[.\s]*$/, '.').slice(0, 300), ownLine);
}

function lineOf(location: unknown): number | undefined {
  const isPlace = typeof location === 'object' && location !== null && 'line' in location;
  return isPlace && typeof location.line === 'number' ? location.line : undefined;
}
