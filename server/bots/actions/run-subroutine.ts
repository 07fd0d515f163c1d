/** Run a subroutine of the same behavior; the actions behind this one in its node are left out, as in Cerb. */
import type { ActionType } from '../action.ts';
import { textOf } from '../json-value.ts';

export const runSubroutine: ActionType = {
  id: '_run_subroutine',
  title: 'Run subroutine',
  fields: [{ key: 'subroutine', label: 'Subroutine', kind: 'text' }],
  remarks(params) {
    return textOf(params.subroutine)?.trim()
      ? []
      : [{ path: '/subroutine', message: 'No subroutine is chosen.' }];
  },
  async run(params, tools) {
    const title = textOf(params.subroutine)?.trim() ?? '';
    tools.say(`>>> Running subroutine: ${title}`);
    return { go: 'subroutine', title };
  },
};
