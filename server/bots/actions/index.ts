/** The table of actions that can run. */
import type { ActionType } from '../action.ts';
import { httpRequest } from './http-request.ts';
import { setCustomVar } from './set-custom-var.ts';

/** By the id packages use. */
export const actionTypes: ReadonlyMap<string, ActionType> = new Map(
  [httpRequest, setCustomVar].map((type) => [type.id, type]),
);
