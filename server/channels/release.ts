/** Ends what a channel holds at the remote service: its subscription and its webhook. As far as that goes. */
import type { ChannelCall } from './channel.ts';
import type { Channel } from './records.ts';
import { callRemote, type RemoteDeps } from './remote.ts';
import { typeOf } from './type-of.ts';

/** One step of a sequence at the remote service, for a person. */
export interface Step {
  name: string;
  ok: boolean;
  text: string;
}

/** Nothing is thrown: what could not be ended is told, with the reason, so that a person can do it there. */
export async function releaseRemote(deps: RemoteDeps, channel: Channel): Promise<Step[]> {
  const { registration, title } = typeOf(deps.types, channel);
  const { label, remoteUserId, remoteWebhookId } = channel;
  const steps: Step[] = [];
  const end = async (name: string, call: ChannelCall<null>, done: string, left: string) => {
    const outcome = await callRemote(deps, channel, call);
    steps.push({ name, ok: outcome.ok, text: outcome.ok ? done : `${left} ${outcome.message}` });
  };
  if (channel.transport !== 'webhook' || remoteWebhookId === null) return steps;
  if (remoteUserId !== null) {
    const left = `The subscription at ${title} could not be ended.`;
    const call = registration.unsubscribe(label, remoteUserId);
    await end('unsubscribe', call, `The subscription at ${title} is ended.`, left);
  }
  const left = `The webhook at ${title} could not be removed; remove it there.`;
  const call = registration.deleteWebhook(label, remoteWebhookId);
  await end('remove webhook', call, `The webhook at ${title} is removed.`, left);
  return steps;
}
