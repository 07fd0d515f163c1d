/** Take back what waits to run once. */
import type { ActionType } from '../action.ts';
import { textOf } from '../json-value.ts';
import { behaviorRemarks, onField, targetsOf } from './schedule-behavior.ts';

/** `_unschedule_behavior`. A simulation takes nothing back. */
export const unscheduleBehavior: ActionType = {
  id: '_unschedule_behavior',
  title: 'Unschedule behavior',
  fields: [onField, { key: 'behavior_id', label: 'Behavior', kind: 'behavior' }],
  remarks: behaviorRemarks,
  async run(params, tools) {
    const behavior = textOf(params.behavior_id) ?? '';
    if (tools.mode === 'simulate') {
      tools.say(`>>> Would take back what waits of behavior ${behavior}`);
      return 'skipped';
    }
    for (const target of targetsOf(params, tools)) {
      const { title, count } = await tools.schedules.remove({ behavior, target });
      tools.say(`>>> Taking back '${title}'${target === '' ? '' : ` for ${target}`}: ${count} waited`);
    }
    return 'done';
  },
};
