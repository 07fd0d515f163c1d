/** Have a behavior run once, later. */
import { HubError } from '../../errors.ts';
import type { Remark } from '../../packages/record-type.ts';
import type { ActionField, ActionTools, ActionType } from '../action.ts';
import { type JsonObject, textOf } from '../json-value.ts';
import type { OnDupe } from '../schedules.ts';
import { readTime } from './read-time.ts';
import { renderVariables } from './run-behavior.ts';

export const onField: ActionField = {
  key: 'on',
  label: 'On',
  kind: 'text',
  help: 'Placeholder of the record that the run is about, such as va_id; duplicates are told apart by it.',
};

const dupes = [
  { value: '', label: 'Run it as well' },
  { value: 'first', label: 'Keep the first, leave this one out' },
  { value: 'last', label: 'This one takes its place' },
];

/** `_schedule_behavior`; a date that has passed means at once. A simulation schedules nothing. */
export const scheduleBehavior: ActionType = {
  id: '_schedule_behavior',
  title: 'Schedule behavior',
  fields: [
    onField,
    { key: 'behavior_id', label: 'Behavior', kind: 'behavior' },
    {
      key: 'run_date',
      label: 'When',
      kind: 'template',
      rows: 1,
      help: 'Such as "+2 hours" or "tomorrow 8am"',
    },
    { key: 'on_dupe', label: 'If it waits already', kind: 'select', options: dupes },
  ],
  remarks(params) {
    const found = behaviorRemarks(params);
    if (!textOf(params.run_date)?.trim()) {
      found.push({ path: '/run_date', message: 'No time is given at which the behavior shall run.' });
    }
    if (onDupeOf(params) === undefined) {
      const message = `"${textOf(params.on_dupe)}" is no way with duplicates: it is empty, first or last.`;
      found.push({ path: '/on_dupe', message });
    }
    return found;
  },
  async run(params, tools) {
    const behavior = textOf(params.behavior_id) ?? '';
    const at = await readTime((await tools.render(textOf(params.run_date) ?? '')).trim(), tools.render);
    const variables = await renderVariables(params, tools);
    const when = new Date(at).toISOString();
    const inputs = Object.entries(variables).map(([key, value]) => `${key}: ${value}`);
    if (tools.mode === 'simulate') {
      tools.say([`>>> Would run behavior ${behavior} at ${when}`, ...inputs].join('\n'));
      tools.say('>>> NOTE: nothing is scheduled in the simulator');
      return 'skipped';
    }
    for (const target of targetsOf(params, tools)) {
      const onDupe = onDupeOf(params) ?? '';
      const { title, isNew } = await tools.schedules.add({ behavior, variables, target, at, onDupe });
      const about = target === '' ? '' : ` for ${target}`;
      tools.say(
        isNew
          ? [`>>> Scheduling '${title}'${about} at ${when}`, ...inputs].join('\n')
          : `>>> Not scheduling '${title}'${about}: it waits already, and the first is kept`,
      );
    }
    return 'done';
  },
};

/** Remarks on the behavior that scheduling and taking back need. */
export function behaviorRemarks(params: JsonObject): Remark[] {
  return textOf(params.behavior_id) ? [] : [{ path: '/behavior_id', message: 'No behavior is chosen.' }];
}

/** What the run is about: the value of the placeholder that `on` names, each item of a list once. */
export function targetsOf(params: JsonObject, tools: Pick<ActionTools, 'values'>): string[] {
  const name = (textOf(params.on) ?? '').trim();
  if (name === '') return [''];
  const value = tools.values()[name];
  const targets = (Array.isArray(value) ? value : [value]).map((item) => textOf(item));
  if (value === undefined || targets.some((target) => target === undefined)) {
    throw new HubError('bad_request', `{{${name}}} holds no id that the run could be about.`);
  }
  return [...new Set(targets.map((target) => target ?? ''))];
}

function onDupeOf(params: JsonObject): OnDupe | undefined {
  const value = textOf(params.on_dupe);
  return value === '' || value === 'first' || value === 'last' ? value : undefined;
}
