/** The one way in which a template fails. Pure. */

/** What is wrong with a template, in a sentence, and the line (from 1) of the template if it is known. */
export class TemplateError extends Error {
  readonly line: number | undefined;

  constructor(message: string, line?: number) {
    super(message);
    this.name = 'TemplateError';
    this.line = line;
  }
}
