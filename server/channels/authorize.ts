/** Authorize: registers the webhook and subscribes the account, step by step; pressed again it goes on where it was. */
import { findAccount, noteAccountIdentity } from '../connections/store-accounts.ts';
import { inTransaction } from '../db/transaction.ts';
import { HubError } from '../errors.ts';
import type { Actor } from '../people/actor.ts';
import type { ChannelCall, ChannelType, Refusal, RemoteWebhook } from './channel.ts';
import { addressOf, type ChannelDeps, changedMeanwhile, getChannel, releaseOutbox } from './channels.ts';
import { type Channel, type ChannelState, stateAfter } from './records.ts';
import type { Step } from './release.ts';
import { callRemote, type RemoteReading } from './remote.ts';
import { changeChannel, noteOnChannel } from './store-channels.ts';
import { findStream } from './store-streams.ts';
import { typeOf } from './type-of.ts';

export interface Authorization {
  steps: Step[];
  state: ChannelState;
  /** Webhooks of others under the same label, where somebody has to say what shall become of them. */
  foreign: RemoteWebhook[];
}

/** What becomes of webhooks that are not ours: `ask` stops and names them, `keep` registers ours beside them. */
export type ForeignChoice = 'ask' | 'keep' | 'replace';

/** The sequence under way: what was done so far, and the channel as its work goes on. */
interface Progress {
  deps: ChannelDeps;
  channel: Channel;
  type: ChannelType;
  steps: Step[];
}

/** A step did not succeed; the sequence ends here, in this state. */
interface Stop {
  state: ChannelState;
  foreign?: RemoteWebhook[];
}

/**
 * Each step looks first what is there, so that any number of runs, ended anywhere, leave one webhook and one
 * subscription. Throws `conflict` where the channel cannot be authorized yet, with what is missing.
 */
export async function authorizeChannel(
  deps: ChannelDeps,
  actor: Actor,
  id: string,
  { foreign = 'ask' }: { foreign?: ForeignChoice } = {},
): Promise<Authorization> {
  const channel = await getChannel(deps.db, actor, id);
  const type = typeOf(deps.types, channel);
  const url = await mustBeReady(deps, channel, type);
  const progress: Progress = { deps, channel, type, steps: [] };
  const stop =
    (await verify(progress)) ??
    (channel.transport === 'webhook' ? await register(progress, url, foreign) : undefined);
  const state = stop?.state ?? 'active';
  await conclude(progress, state);
  return { steps: progress.steps, state, foreign: stop?.foreign ?? [] };
}

/** The address to register; '' with polling. */
async function mustBeReady(deps: ChannelDeps, channel: Channel, type: ChannelType): Promise<string> {
  if (channel.accountId === null) {
    throw new HubError('conflict', 'Enter the keys of the channel, or choose a linked account, then save.');
  }
  if (channel.transport === 'polling') return '';
  if (channel.label === '') throw new HubError('conflict', `Enter the ${type.label.name} first, then save.`);
  const address = await addressOf(deps, channel.id);
  if (address) return address.url;
  throw new HubError(
    'conflict',
    `Another channel took over this one's address: it has the same app and ${type.label.name}. Give this channel another one, then save.`,
  );
}

async function verify(progress: Progress): Promise<Stop | undefined> {
  const { deps, channel, type } = progress;
  const identity = await ask(progress, 'Verify keys', type.registration.identity());
  if (!identity.ok) return stopOf(channel, identity);
  const { person, accessLevel } = identity.value;
  const name = person.handle ?? person.name ?? person.id;
  const isSame = channel.remoteUserId === person.id;
  await noteOnChannel(deps.db, channel.id, {
    remoteUserId: person.id,
    remoteUserName: name.slice(0, 255),
    accessLevel,
    ...(!isSame && { pollCursors: {} }),
  });
  const account = channel.accountId === null ? undefined : await findAccount(deps.db, channel.accountId);
  if (account)
    await noteAccountIdentity(deps.db, account, { id: person.id, name: person.handle, accessLevel });
  told(progress, true, `The keys are those of ${name}.`);
  const mayDirect = type.mayDirect(accessLevel);
  progress.steps.push({
    name: 'Check permission',
    ok: mayDirect,
    text: mayDirect
      ? 'The access token may read and send direct messages.'
      : `The access token may not use direct messages${type.mayPost(accessLevel) ? ', only posts' : ''}. Set the permission of the app first, then make a new access token: it keeps the permission it was made with.`,
  });
  return mayDirect ? undefined : { state: 'needs_permission' };
}

async function register(progress: Progress, url: string, choice: ForeignChoice): Promise<Stop | undefined> {
  const { deps, channel, type } = progress;
  const { label } = channel;
  const listed = await ask(progress, 'List webhooks', type.registration.listWebhooks(label));
  if (!listed.ok) return stopOf(channel, listed);
  const { ours, stale, foreign } = await sort(deps, channel, url, listed.value);
  const isAsking = !ours && foreign.length > 0 && choice === 'ask';
  told(progress, !isAsking, describe(listed.value.length, foreign, isAsking));
  if (isAsking) return { state: 'needs_authorize', foreign };
  for (const webhook of [...stale, ...(choice === 'replace' ? foreign : [])]) {
    const call = type.registration.deleteWebhook(label, webhook.id);
    const removed = await ask(progress, 'Remove webhook', call, `Removed ${webhook.url}.`);
    if (!removed.ok) return stopOf(channel, removed);
  }
  const made = ours
    ? { ok: true as const, value: ours }
    : await ask(
        progress,
        'Register webhook',
        type.registration.createWebhook(label, url),
        `Registered ${url}.`,
      );
  if (!made.ok) return stopOf(channel, made);
  const { id: remoteWebhookId, valid: isValid } = made.value;
  // A webhook is made once the challenge was answered; the counters tell the same a moment later.
  const challenged = !ours && isValid ? { lastCrcAt: deps.now() } : {};
  await noteOnChannel(deps.db, channel.id, { remoteWebhookId, isValid, ...challenged });
  if (!made.value.valid) {
    const call = type.registration.validateWebhook(label, made.value.id);
    const valid = await ask(progress, 'Check address', call, 'The address answered the challenge.');
    await noteOnChannel(deps.db, channel.id, { isValid: valid.ok });
    if (!valid.ok) return stopOf(channel, valid);
  }
  return subscribe(progress);
}

async function subscribe(progress: Progress): Promise<Stop | undefined> {
  const { channel, type } = progress;
  const isSubscribed = () =>
    ask(progress, 'Check subscription', type.registration.isSubscribed(channel.label));
  const before = await isSubscribed();
  if (!before.ok) return stopOf(channel, before);
  if (!before.value) {
    told(progress, true, 'The account is not subscribed yet.');
    const call = type.registration.subscribe(channel.label);
    const done = await ask(progress, 'Subscribe', call, 'The account is subscribed.');
    if (!done.ok) return stopOf(channel, done);
  }
  const after = before.value ? before : await isSubscribed();
  if (!after.ok) return stopOf(channel, after);
  told(
    progress,
    after.value,
    after.value
      ? `${type.title} confirms the subscription.`
      : `${type.title} does not know of the subscription yet. Wait a little, then press Authorize again.`,
  );
  return after.value ? undefined : { state: 'error' };
}

/** Calls, and notes the step: why it failed, or what its success means. */
async function ask<T>(
  progress: Progress,
  name: string,
  call: ChannelCall<T>,
  done = '',
): Promise<RemoteReading<T>> {
  const reading = await callRemote(progress.deps, progress.channel, call);
  progress.steps.push({ name, ok: reading.ok, text: reading.ok ? done : reading.message });
  return reading;
}

/** Puts words to the step that was noted last. */
function told({ steps }: Progress, ok: boolean, text: string): void {
  const last = steps.at(-1);
  if (last) Object.assign(last, { ok, text });
}

/** Webhooks under the label: ours, those on addresses of ours that have ended, and those of others. */
async function sort(
  { db, config }: ChannelDeps,
  channel: Channel,
  url: string,
  webhooks: readonly RemoteWebhook[],
): Promise<{ ours: RemoteWebhook | undefined; stale: RemoteWebhook[]; foreign: RemoteWebhook[] }> {
  const stale: RemoteWebhook[] = [];
  const foreign: RemoteWebhook[] = [];
  const prefix = `${config.url.origin}/hooks/x/`;
  for (const webhook of webhooks) {
    if (webhook.url === url) continue;
    const stream = webhook.url.startsWith(prefix)
      ? await findStream(db, webhook.url.slice(prefix.length))
      : undefined;
    const isStale = stream !== undefined && (stream.endedAt !== null || stream.channelId === channel.id);
    (isStale ? stale : foreign).push(webhook);
  }
  return { ours: webhooks.find((webhook) => webhook.url === url), stale, foreign };
}

function describe(count: number, foreign: readonly RemoteWebhook[], isAsking: boolean): string {
  if (!isAsking) return count === 0 ? 'There is no webhook yet.' : `There are ${count} under this label.`;
  const urls = foreign.map(({ url }) => url).join(', ');
  return `Something else is registered under this label: ${urls}. Say whether it shall be replaced or kept.`;
}

/** In which state a refusal leaves the channel: what may pass by itself changes nothing. */
function stopOf(channel: Channel, refusal: Refusal): Stop {
  if (refusal.remedy === 'wait' || refusal.remedy === 'unknown') {
    return { state: channel.state === 'active' ? 'active' : 'needs_authorize' };
  }
  return { state: stateAfter(refusal.remedy) ?? 'error' };
}

async function conclude({ deps, channel, steps }: Progress, state: ChannelState): Promise<void> {
  const now = deps.now();
  const failed = steps.find(({ ok }) => !ok);
  const changes = { state, lastError: failed?.text ?? null, lastErrorAt: failed ? now : null };
  await inTransaction(deps.db, async (trx) => {
    if (!(await changeChannel(trx, channel, changes, now))) throw changedMeanwhile(channel);
    // Without direct messages posts may still go; what may not is held again.
    if (state === 'active' || state === 'needs_permission') await releaseOutbox(deps, trx, channel.id);
  });
}
