/** What the prompts of a conversation have in common: where a reply goes, and asking again. */
import type { Remark } from '../../packages/record-type.ts';
import { type ActionField, type ActionResult, type ActionTools, placeholderName } from '../action.ts';
import { type JsonObject, textOf } from '../json-value.ts';

export const replyFields: readonly ActionField[] = [
  {
    key: 'var',
    label: 'Save the response to a placeholder named',
    kind: 'placeholder',
    help: 'Without one the response is in {{message}}.',
  },
  {
    key: 'var_format',
    label: 'Format the placeholder with this template',
    kind: 'template',
    rows: 2,
    help: '{{message}} is the response.',
  },
  {
    key: 'var_validate',
    label: 'Validate the placeholder with this template',
    kind: 'template',
    rows: 2,
    help: 'What it gives out is the error message, and the question is asked again. Empty: all is well.',
  },
];

export function replyRemarks(params: JsonObject): Remark[] {
  if (!textOf(params.var) || placeholderName(params.var)) return [];
  const message = 'A placeholder is named by letters, digits and _, and does not begin with a digit.';
  return [{ path: '/var', message }];
}

/** Asks and waits; a simulation takes the event's sample for the reply and goes on. */
export async function askOrGoOn(
  params: JsonObject,
  tools: ActionTools,
  { type, title, details }: { type: string; title: string; details: JsonObject },
): Promise<ActionResult> {
  tools.say(`>>> ${title}`);
  if (tools.mode === 'live') return tools.ask(type, details);
  tools.say('>>> NOTE: nobody is asked in the simulator; the message stays what it is');
  const refusal = await keepReply(params, tools);
  if (refusal) tools.say(`>>> NOTE: this response would be refused: ${refusal}`);
  return 'done';
}

/** Takes the reply, or says what is wrong with it and asks again. */
export async function takeText(
  params: JsonObject,
  tools: ActionTools,
  text: string,
  askAgain: () => Promise<ActionResult>,
): Promise<ActionResult> {
  tools.set('message', text);
  tools.say(`>>> The response:\n${text}`);
  const refusal = await keepReply(params, tools);
  return refusal ? refuse(tools, refusal, askAgain) : 'done';
}

/** Says what is wrong with the reply and asks again. */
export function refuse(
  tools: ActionTools,
  refusal: string,
  askAgain: () => Promise<ActionResult>,
): Promise<ActionResult> {
  tools.say(`>>> Asking again: ${refusal}`);
  tools.show({ type: 'message', text: refusal, format: '', delayMs: 0, isError: true });
  return askAgain();
}

/** Puts the message where the params say; answers what the bot has against it, or ''. */
async function keepReply(params: JsonObject, tools: ActionTools): Promise<string> {
  const name = placeholderName(params.var);
  if (!name) return '';
  const format = textOf(params.var_format) || '{{message}}';
  tools.set(name, await tools.render(format));
  return (await tools.render(textOf(params.var_validate) ?? '')).trim();
}
