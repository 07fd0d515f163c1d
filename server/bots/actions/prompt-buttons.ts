/** Prompt with buttons: waits until the person presses one of them. */
import type { ActionResult, ActionTools, ActionType } from '../action.ts';
import { chatEvents } from '../chat-events.ts';
import { type JsonObject, textOf } from '../json-value.ts';
import { askOrGoOn, refuse, replyFields, replyRemarks, takeText } from './prompt.ts';

/** Cerb's colors and style of the buttons are kept and not shown: every button is legible in light and dark. */
export const promptButtons: ActionType = {
  id: 'prompt_buttons',
  title: 'Prompt with buttons',
  event: chatEvents,
  fields: [
    { key: 'options', label: 'Options', kind: 'template', rows: 4, help: 'One a line' },
    ...replyFields,
  ],
  remarks(params) {
    const isEmpty = !textOf(params.options)?.trim();
    const none = { path: '/options', message: 'Prompt with buttons has no options: write one a line.' };
    return [...(isEmpty ? [none] : []), ...replyRemarks(params)];
  },
  run: ask,
  async reply(params, tools, reply) {
    const text = (textOf(reply.text) ?? '').trim();
    const askAgain = () => ask(params, tools);
    if (!(await optionsOf(params, tools)).includes(text)) {
      return refuse(tools, 'Press one of the buttons.', askAgain);
    }
    return takeText(params, tools, text, askAgain);
  },
};

async function ask(params: JsonObject, tools: ActionTools): Promise<ActionResult> {
  const options = await optionsOf(params, tools);
  if (options.length === 0) {
    tools.say('>>> Not prompting with buttons: there are no options');
    return 'skipped';
  }
  const title = `Prompting with buttons:\n${options.join('\n')}`;
  return askOrGoOn(params, tools, { type: 'buttons', title, details: { options } });
}

/** As rendered now: what a placeholder says may have changed since the question was asked. */
async function optionsOf(params: JsonObject, tools: ActionTools): Promise<string[]> {
  const lines = (await tools.render(textOf(params.options) ?? '')).split(/\r\n|\r|\n/);
  return [...new Set(lines.flatMap((line) => line.trim() || []))];
}
