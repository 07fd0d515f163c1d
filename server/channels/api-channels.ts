/** /api/v1/channels: keeping channels, and what their pages' buttons do. */
import { z } from 'zod';
import { type ApiCall, type ApiRoute, apiRoute } from '../http/route.ts';
import { readPaging, writeCursor } from '../paging.ts';
import { channelJson, limitNames, messageJson } from './api-words.ts';
import { authorizeChannel } from './authorize.ts';
import {
  type ChannelDeps,
  createDraft,
  disableChannel,
  enableChannel,
  getChannel,
  listChannelsOfBot,
  listSeenChannels,
} from './channels.ts';
import { deleteChannel } from './delete.ts';
import { overviewOf } from './overview.ts';
import { type ChannelInput, type Saved, saveChannel } from './save.ts';
import { sendTest, simulateInbound, type Deps as TrialDeps } from './trial.ts';

export type Deps = ChannelDeps & TrialDeps;

// The table has at least one name.
const limitName = z.enum(Object.keys(limitNames) as [keyof typeof limitNames]);
const fields = z.strictObject({
  name: z.string().optional(),
  label: z.string().optional(),
  transport: z.string().optional(),
  keys: z
    .strictObject({
      client_id: z.string(),
      client_secret: z.string(),
      oauth_token: z.string(),
      oauth_token_secret: z.string(),
    })
    .partial()
    .optional(),
  account_id: z.string().optional(),
  settings: z
    .strictObject({
      reply_policy: z.string(),
      version: z.string().nullable(),
      limits: z.partialRecord(limitName, z.number().nullable()),
      bot_pause_ms: z.number(),
      when_disabled: z.string(),
      reopen_ms: z.number(),
    })
    .partial()
    .optional(),
});
const newChannel = z.strictObject({ ...fields.shape, bot_id: z.string(), type: z.string() });

export function channelRoutes(deps: Deps): ApiRoute[] {
  const idOf = (call: Pick<ApiCall, 'params'>) => call.params.id ?? '';
  const show = async (call: Pick<ApiCall, 'actor'>, id: string, told: readonly string[] = []) =>
    channelJson(await overviewOf(deps, await getChannel(deps.db, call.actor, id)), told);
  return [
    {
      method: 'GET',
      path: '/channels',
      summary: 'Channels by name; ?bot=ID those of one bot',
      access: 'admin',
      async handle(call) {
        const { limit: size, after } = readPaging(call.query);
        const bot = call.query.get('bot');
        const { db } = deps;
        const seen = await (bot === null
          ? listSeenChannels(db, call.actor)
          : listChannelsOfBot(db, call.actor, bot));
        const all = seen.filter((channel) => !after || isBeyond(channel, after));
        const items = await Promise.all(all.slice(0, size).map(({ id }) => show(call, id)));
        const last = all[size - 1];
        return { body: { items, next: all.length > size && last ? writeCursor(last) : null } };
      },
    },
    apiRoute({
      method: 'POST',
      path: '/channels',
      summary: 'Make a channel on a bot; without keys or account it is a draft that has its address already',
      access: 'admin',
      body: newChannel,
      async handle(call) {
        const { bot_id: bot, type, name, ...others } = call.body;
        const { id } = await createDraft(deps, call.actor, {
          bot,
          type,
          ...(name !== undefined && { name }),
        });
        try {
          const saved = await saveChannel(deps, call.actor, id, inputOf(others));
          return { status: 201, body: await show(call, id, toldOf(saved)) };
        } catch (error) {
          await deleteChannel(deps, call.actor, id, { conversations: 'erase' });
          throw error;
        }
      },
    }),
    {
      method: 'GET',
      path: '/channels/:id',
      summary: 'One channel',
      access: 'admin',
      handle: async (call) => ({ body: await show(call, idOf(call)) }),
    },
    apiRoute({
      method: 'PATCH',
      path: '/channels/:id',
      summary: 'Change a channel; new keys, account, label or transport need Authorize again',
      access: 'admin',
      body: fields,
      async handle(call) {
        const saved = await saveChannel(deps, call.actor, idOf(call), inputOf(call.body));
        return { body: await show(call, idOf(call), toldOf(saved)) };
      },
    }),
    {
      method: 'DELETE',
      path: '/channels/:id',
      summary: 'Delete a channel for good; ?conversations=erase deletes its conversations too',
      access: 'admin',
      async handle(call) {
        const conversations = call.query.get('conversations') === 'erase' ? 'erase' : 'keep';
        return { body: await deleteChannel(deps, call.actor, idOf(call), { conversations }) };
      },
    },
    apiRoute({
      method: 'POST',
      path: '/channels/:id/authorize',
      summary: 'Check the keys, register the webhook, subscribe; can be repeated',
      access: 'admin',
      body: z.strictObject({ foreign: z.enum(['ask', 'keep', 'replace']).optional() }),
      async handle(call) {
        const { foreign = 'ask' } = call.body;
        return { body: await authorizeChannel(deps, call.actor, idOf(call), { foreign }) };
      },
    }),
    {
      method: 'POST',
      path: '/channels/:id/enable',
      summary: 'Enable a channel',
      access: 'admin',
      async handle(call) {
        await enableChannel(deps, call.actor, idOf(call));
        return { body: await show(call, idOf(call)) };
      },
    },
    {
      method: 'POST',
      path: '/channels/:id/disable',
      summary: 'Disable a channel; its address is answered all the same',
      access: 'admin',
      async handle(call) {
        await disableChannel(deps, call.actor, idOf(call));
        return { body: await show(call, idOf(call)) };
      },
    },
    apiRoute({
      method: 'POST',
      path: '/channels/:id/test',
      summary: 'Send a direct message to try the channel; without `to` to whoever wrote last',
      access: 'admin',
      body: z.strictObject({
        to: z.string().optional(),
        text: z.string().default('This is a test message.'),
      }),
      async handle(call) {
        const { to, text } = call.body;
        const message = await sendTest(deps, call.actor, idOf(call), {
          text,
          ...(to !== undefined && { to }),
        });
        return { body: messageJson(message) };
      },
    }),
    apiRoute({
      method: 'POST',
      path: '/channels/:id/simulate',
      summary: 'What the bot would do about a received message; nothing is sent',
      access: 'admin',
      body: z.strictObject({ text: z.string() }),
      async handle(call) {
        return { body: { runs: await simulateInbound(deps, call.actor, idOf(call), call.body) } };
      },
    }),
  ];
}

/** The API's names of what saving takes. */
function inputOf({ account_id, settings, ...others }: z.output<typeof fields>): ChannelInput {
  const input = { ...others, ...(account_id !== undefined && { accountId: account_id }) };
  // Zod writes what is absent as absent, whatever its type says of `undefined`.
  if (!settings) return input as ChannelInput;
  const { reply_policy, bot_pause_ms, when_disabled, reopen_ms, limits = {}, ...same } = settings;
  return {
    ...input,
    settings: {
      ...same,
      limits: Object.fromEntries(limitEntries(limits)),
      ...(reply_policy !== undefined && { replyPolicy: reply_policy }),
      ...(bot_pause_ms !== undefined && { botPauseMs: bot_pause_ms }),
      ...(when_disabled !== undefined && { whenDisabled: when_disabled }),
      ...(reopen_ms !== undefined && { reopenMs: reopen_ms }),
    },
  } as ChannelInput;
}

function toldOf({ notices, report }: Saved): string[] {
  return [...notices, ...report.filter(({ ok }) => !ok).map(({ text }) => text)];
}

function isBeyond(one: { name: string; id: string }, after: { name: string; id: string }): boolean {
  return one.name > after.name || (one.name === after.name && one.id > after.id);
}

function limitEntries(limits: Partial<Record<keyof typeof limitNames, number | null>>) {
  // The schema lets no other name through.
  return Object.entries(limits).map(([name, value]) => [limitNames[name as keyof typeof limitNames], value]);
}
