/** Recurring work of channels at the remote service: polling where no webhook is used, and looking after webhooks. */
import type { Poll, Refusal, RemotePerson } from './channel.ts';
import { applyEvents, type Deps as EventDeps } from './events.ts';
import { selfOf } from './process-hook.ts';
import type { Channel } from './records.ts';
import { callRemote, noteRefusal, type RemoteDeps } from './remote.ts';
import { findChannel, listChannels, noteOnChannel } from './store-channels.ts';
import { typeOf } from './type-of.ts';

export interface PollDeps extends RemoteDeps, EventDeps {
  log: { error(fields: object, message: string): void };
}

/**
 * Asks for every channel that polls what happened since it was asked last, as often as its type's polls allow. A
 * channel that fails keeps no other waiting. What was seen before has no effect, so a process may die anywhere.
 */
export async function pollChannels(deps: PollDeps): Promise<void> {
  for (const channel of await listChannels(deps.db, { transport: 'polling' })) {
    const self = selfOf(channel);
    if (!channel.isEnabled || channel.state !== 'active' || !self) continue;
    try {
      await pollChannel(deps, channel, self);
    } catch (error) {
      deps.log.error({ channel: channel.id, err: error }, 'a channel could not be polled');
      const lastError = 'What happened at the remote service could not be processed. It is tried again.';
      await noteOnChannel(deps.db, channel.id, { lastError, lastErrorAt: deps.now() });
    }
  }
}

/** Asks the remote service of every webhook whether it is valid, and has one checked again that is not. */
export async function checkWebhooks(deps: RemoteDeps): Promise<void> {
  for (const channel of await listChannels(deps.db, { transport: 'webhook' })) {
    if (channel.state !== 'active' || channel.remoteWebhookId === null) continue;
    const { registration, title } = typeOf(deps.types, channel);
    const listed = await callRemote(deps, channel, registration.listWebhooks(channel.label));
    if (!listed.ok) continue;
    const ours = listed.value.find(({ id }) => id === channel.remoteWebhookId);
    const checked = ours?.valid
      ? undefined
      : ours && (await callRemote(deps, channel, registration.validateWebhook(channel.label, ours.id)));
    const isValid = ours !== undefined && (ours.valid || checked?.ok === true);
    const lastError = ours
      ? `${title} does not send to the channel's address any more: it did not answer a challenge. ${checked?.ok === false ? checked.message : ''}`
      : `${title} does not know the channel's webhook any more. Press Authorize.`;
    await noteOnChannel(deps.db, channel.id, {
      isValid,
      ...(!isValid && { lastError: lastError.trim(), lastErrorAt: deps.now() }),
    });
  }
}

async function pollChannel(deps: PollDeps, before: Channel, self: RemotePerson): Promise<void> {
  let channel: Channel | undefined = before;
  for (const poll of typeOf(deps.types, before).polls) {
    if (!channel?.isEnabled || channel.state !== 'active') return;
    const last = channel.pollCursors[poll.name];
    if (last && deps.now() - last.at < poll.everyMs) continue;
    await pollOnce(deps, channel, self, poll);
    channel = await findChannel(deps.db, before.id);
  }
}

/** The cursor moves only after everything before it was applied. */
async function pollOnce(deps: PollDeps, channel: Channel, self: RemotePerson, poll: Poll): Promise<void> {
  const at = deps.now();
  const cursor = channel.pollCursors[poll.name]?.cursor ?? '';
  const since = channel.enabledAt ?? channel.createdAt;
  const reading = await callRemote(deps, channel, poll.call(self, cursor, since));
  if (reading.ok) await applyEvents(deps, channel, reading.value.events);
  // Else one interface that is not granted would stop the others: only what concerns the keys does.
  else await noteRefusal(deps, channel, isAboutKeys(reading) ? reading : { ...reading, remedy: 'wait' });
  const moved = { cursor: reading.ok ? reading.value.cursor : cursor, at };
  const pollCursors = { ...channel.pollCursors, [poll.name]: moved };
  await noteOnChannel(deps.db, channel.id, { pollCursors });
}

function isAboutKeys({ remedy }: Refusal): boolean {
  return remedy === 'reauthorize' || remedy === 'blocked';
}
