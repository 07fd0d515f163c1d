/** The table of actions that can run. */
import type { ActionType } from '../action.ts';
import { automationHttpRequest } from './automation-http-request.ts';
import { channelDirectMessage } from './channel-direct-message.ts';
import { channelPost } from './channel-post.ts';
import { channelReply } from './channel-reply.ts';
import { exit } from './exit.ts';
import { getKey } from './get-key.ts';
import { httpRequest } from './http-request.ts';
import { promptButtons } from './prompt-buttons.ts';
import { promptText } from './prompt-text.ts';
import { promptWait } from './prompt-wait.ts';
import { recordRetrieve, recordSearch } from './record-read.ts';
import { recordCreate, recordDelete, recordUpdate, recordUpsert } from './record-write.ts';
import { returnInteraction } from './return-interaction.ts';
import { runBehaviorAction } from './run-behavior.ts';
import { runSubroutine } from './run-subroutine.ts';
import { scheduleBehavior } from './schedule-behavior.ts';
import { sendEmail } from './send-email.ts';
import { sendMessage } from './send-message.ts';
import { setBotName } from './set-bot-name.ts';
import { setCustomVar } from './set-custom-var.ts';
import { setHttpBody } from './set-http-body.ts';
import { setHttpHeader } from './set-http-header.ts';
import { setHttpStatus } from './set-http-status.ts';
import { setKey } from './set-key.ts';
import { isVariableAction, setVariable } from './set-variable.ts';
import { switchBehavior } from './switch-behavior.ts';
import { unscheduleBehavior } from './unschedule-behavior.ts';
import { windowClose } from './window-close.ts';

/** By the id packages use. */
export const actionTypes: ReadonlyMap<string, ActionType> = new Map(
  [
    httpRequest,
    setCustomVar,
    runBehaviorAction,
    runSubroutine,
    exit,
    getKey,
    setKey,
    scheduleBehavior,
    unscheduleBehavior,
    sendEmail,
    automationHttpRequest,
    recordSearch,
    recordRetrieve,
    recordCreate,
    recordUpdate,
    recordUpsert,
    recordDelete,
    setHttpStatus,
    setHttpHeader,
    setHttpBody,
    channelReply,
    channelDirectMessage,
    channelPost,
    sendMessage,
    promptText,
    promptButtons,
    promptWait,
    switchBehavior,
    returnInteraction,
    windowClose,
    setBotName,
  ].map((type) => [type.id, type]),
);

/** The action of this id; ids that begin with `var_` set the variable of that name. */
export function findActionType(id: string): ActionType | undefined {
  return actionTypes.get(id) ?? (isVariableAction(id) ? setVariable(id) : undefined);
}
