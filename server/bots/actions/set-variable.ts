/** Set a variable of the behavior: the actions `var_<name>`. */
import type { Remark } from '../../packages/record-type.ts';
import type { ActionType } from '../action.ts';
import { type JsonObject, textOf } from '../json-value.ts';

/** Whether an action of this id sets a variable. */
export function isVariableAction(id: string): boolean {
  return /^var_[A-Za-z0-9_]{1,60}$/.test(id);
}

/**
 * Sets the variable that the action is named by, coerced by the variable's type. What Cerb finds in its calendars,
 * worklists and shifts cannot be found here.
 */
export function setVariable(id: string): ActionType {
  return {
    id,
    title: `Set variable ${id}`,
    fields: [{ key: 'value', label: 'Value', kind: 'template', rows: 3 }],
    remarks(params) {
      const found: Remark[] = [];
      const mode = textOf(params.mode) ?? '';
      if (mode.startsWith('calendar')) {
        found.push({
          path: '/mode',
          message: 'There are no calendars here that a date could be taken from.',
        });
      }
      if (textOf(params.search_mode) || textOf(params.quick_search) || params.worklist_model !== undefined) {
        const message = 'There are no worklists here: use Search records, or give the value.';
        found.push({ path: '/search_mode', message });
      }
      if (workersOf(params).length > 1) {
        const message = 'One worker is set. Which of several is free, Cerb knows by its calendars.';
        found.push({ path: '/worker_id', message });
      }
      return found;
    },
    async run(params, tools) {
      const [worker] = workersOf(params);
      const value = Array.isArray(params.value)
        ? await Promise.all(params.value.map((item) => tools.render(textOf(item) ?? '')))
        : (await tools.render(worker ?? textOf(params.value) ?? '')).trim();
      const set = tools.setVariable(id, value);
      tools.say(`>>> Setting {{${id}}}:\n${Array.isArray(set) ? set.join('\n') : (textOf(set) ?? '')}`);
      return 'done';
    },
  };
}

function workersOf({ worker_id }: JsonObject): string[] {
  const workers = Array.isArray(worker_id) ? worker_id : [worker_id];
  return workers.flatMap((worker) => textOf(worker)?.trim() || []);
}
