/** The answers to a package's prompts and the values it makes up: what its templates see. Pure. */
import { type Prompt, picklistOptions, type RandomPlaceholder } from './header.ts';
import { own, textOf } from './reading.ts';

/** Answers by prompt key, character for character as typed; a list where a prompt takes several. */
export type Answers = Readonly<Record<string, string | readonly string[]>>;

/** What a template sees of a prompt: a text, or a list where the prompt takes several. */
export type AnswerValue = string | readonly string[];

/** A prompt with what its answer lacks; `undefined` when it is answered. */
export interface AnsweredPrompt extends Prompt {
  problem: string | undefined;
}

/** Looks at every answer. An empty text is no answer; a chooser's record is looked up by `import.ts`. */
export function answerPrompts(prompts: readonly Prompt[], answers: Answers): AnsweredPrompt[] {
  return prompts.map((prompt) => ({ ...prompt, problem: problemOf(prompt, own(answers, prompt.key)) }));
}

function problemOf(prompt: Prompt, answer: unknown): string | undefined {
  const given = answersIn(answer);
  if (given.length === 0) {
    const more = prompt.type === 'chooser' ? ': choose a record that is here' : '';
    return `'${prompt.label}' (${prompt.key}) is required${more}.`;
  }
  if (given.length > 1 && !prompt.isMultiple) {
    return `'${prompt.label}' (${prompt.key}) takes one answer, not ${given.length}.`;
  }
  if (prompt.type !== 'picklist') return undefined;
  const values = picklistOptions(prompt.params).map((option) => option.value);
  if (given.every((one) => values.includes(one))) return undefined;
  const one = prompt.isMultiple ? 'one or more' : 'one';
  return `'${prompt.label}' (${prompt.key}) takes ${one} of: ${values.join(', ')}.`;
}

/** What was answered, one by one; an empty text is no answer. */
export function answersIn(answer: unknown): string[] {
  const given: readonly unknown[] = Array.isArray(answer) ? answer : [answer];
  return given.filter((one): one is string => typeof one === 'string' && one !== '');
}

/** The answer as templates see it: without `isMultiple` one text. */
export function answerValue({ isMultiple }: Prompt, answer: unknown): AnswerValue {
  const given = answersIn(answer);
  return isMultiple ? given : (given[0] ?? '');
}

/**
 * Stands in for an answer not given yet, so that a plan can be shown before: the prompt's default or first option,
 * else a text that is allowed in host names and that `unmarkAnswers` turns into the prompt's label.
 */
export function standInFor(prompt: Prompt, index: number): AnswerValue {
  const one = oneStandIn(prompt, index);
  return prompt.isMultiple ? [one] : one;
}

function oneStandIn(prompt: Prompt, index: number): string {
  const fallback = textOf(own(prompt.params, 'default'));
  const options = picklistOptions(prompt.params).map((option) => option.value);
  if (prompt.type === 'picklist') {
    return fallback !== undefined && options.includes(fallback) ? fallback : (options[0] ?? '');
  }
  return prompt.type === 'text' && fallback ? fallback : `unanswered${index}x`;
}

/** Names in place of the stand-ins of a text shown to people, such as the host of a URL. */
export function unmarkAnswers(text: string, prompts: readonly Prompt[]): string {
  return text.replace(/unanswered(\d+)x/g, (mark, index: string) => {
    const prompt = prompts[Number(index)];
    return prompt ? `[${prompt.label}]` : mark;
  });
}

/** Capital letters and digits that cannot be mistaken for each other, as in Cerb: no I, O and 0. */
const alphabet = 'ABCDEFGHJKLMNPQRSTUVWXYZ123456789';

/** A random placeholder's value; every character equally likely. */
export function makeRandom({ length }: RandomPlaceholder, randomBytes: (size: number) => Uint8Array): string {
  const fair = 256 - (256 % alphabet.length);
  let text = '';
  while (text.length < length) {
    for (const byte of randomBytes(length)) {
      if (byte < fair && text.length < length) text += alphabet.charAt(byte % alphabet.length);
    }
  }
  return text;
}
