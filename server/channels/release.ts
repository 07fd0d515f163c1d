/** Ends what a channel holds at the remote service: its subscription and its webhook. As far as that goes. */
import type { ChannelCall, ChannelReading } from './channel.ts';
import { type Channel, streamUrl } from './records.ts';
import { callRemote, type RemoteDeps } from './remote.ts';
import { findStreamOf } from './store-streams.ts';
import { typeOf } from './type-of.ts';

/** One step of a sequence at the remote service, for a person. */
export interface Step {
  name: string;
  ok: boolean;
  text: string;
}

export interface Deps extends RemoteDeps {
  config: { url: URL };
}

/** Nothing is thrown: what could not be ended is told, with the reason, so that a person can do it there. */
export async function releaseRemote(deps: Deps, channel: Channel): Promise<Step[]> {
  const { registration, title } = typeOf(deps.types, channel);
  const { label, remoteUserId } = channel;
  if (channel.transport !== 'webhook') return [];
  const steps: Step[] = [];
  const end = async (name: string, call: ChannelCall<null>, done: string, left: string) => {
    const outcome = await callRemote(deps, channel, call);
    steps.push({ name, ok: outcome.ok, text: outcome.ok ? done : `${left} ${outcome.message}` });
  };
  const webhook = await findWebhook(deps, channel);
  if (!webhook.ok) {
    const text = `Whether a webhook is left at ${title} could not be found out; look there. ${webhook.message}`;
    return [{ name: 'find webhook', ok: false, text }];
  }
  if (webhook.value === null) return [];
  if (remoteUserId !== null) {
    const left = `The subscription at ${title} could not be ended.`;
    const call = registration.unsubscribe(label, remoteUserId);
    await end('unsubscribe', call, `The subscription at ${title} is ended.`, left);
  }
  const left = `The webhook at ${title} could not be removed; remove it there.`;
  const call = registration.deleteWebhook(label, webhook.value);
  await end('remove webhook', call, `The webhook at ${title} is removed.`, left);
  return steps;
}

/**
 * Id of the channel's webhook; null: there is none. Where Authorize began and was stopped, it may be there without
 * our knowing its id, so it is looked for by its address.
 */
async function findWebhook(deps: Deps, channel: Channel): Promise<ChannelReading<string | null>> {
  const { label, state, remoteUserId, remoteWebhookId } = channel;
  if (remoteWebhookId !== null) return { ok: true, value: remoteWebhookId };
  const mayBeThere = state !== 'needs_permission' && state !== 'awaiting_provider_access';
  const stream = await findStreamOf(deps.db, channel.id);
  if (remoteUserId === null || label === '' || !mayBeThere || !stream) return { ok: true, value: null };
  const { registration } = typeOf(deps.types, channel);
  const listed = await callRemote(deps, channel, registration.listWebhooks(label));
  if (!listed.ok) return listed;
  const url = streamUrl(deps.config, stream.id);
  return { ok: true, value: listed.value.find((webhook) => webhook.url === url)?.id ?? null };
}
