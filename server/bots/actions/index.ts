/** The table of actions that can run. */
import type { ActionType } from '../action.ts';
import { channelDirectMessage } from './channel-direct-message.ts';
import { channelPost } from './channel-post.ts';
import { channelReply } from './channel-reply.ts';
import { httpRequest } from './http-request.ts';
import { setCustomVar } from './set-custom-var.ts';

/** By the id packages use. */
export const actionTypes: ReadonlyMap<string, ActionType> = new Map(
  [httpRequest, setCustomVar, channelReply, channelDirectMessage, channelPost].map((type) => [type.id, type]),
);
