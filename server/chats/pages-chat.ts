/** Pages where workers talk with bots: the Chat tab of a bot, the interactions of all bots, and a conversation. */
import { getBot, listSeenBots } from '../bots/bots.ts';
import { formText, workerOf } from '../bots/form.ts';
import { isObject } from '../bots/json-value.ts';
import { HubError } from '../errors.ts';
import type { PageAnswer, PageRoute, Visit } from '../http/route.ts';
import { parseJson, writeJson } from '../json.ts';
import type { Interaction } from './chat.ts';
import { answered } from './patience.ts';
import { listChatMessages, listChats } from './store-chats.ts';
import { talkModel } from './talk-view.ts';
import {
  beginWithWorker,
  chatOf,
  type Deps,
  leaveChat,
  listInteractions,
  listTalks,
  type Offer,
  replyOfWorker,
} from './workers.ts';

/** Messages that a page shows of a conversation. */
const shownMessages = 300;
const everywhere = 'global';

export function chatPages(deps: Deps): PageRoute[] {
  const tab = async (visit: Visit, failure: HubError | undefined): Promise<PageAnswer> => {
    const me = workerOf(visit);
    const bot = await getBot(deps.db, me, visit.params.id ?? '');
    const talks = await listTalks(deps.db, bot);
    const interactions = await listInteractions(deps, me, bot, everywhere);
    const chats = await listChats(deps, { worker_id: me.id, bot_id: bot.id }, deps.now());
    return {
      view: 'chats/bot-chat',
      status: failure?.status ?? 200,
      model: {
        title: `Chat with ${bot.name}`,
        bot: { id: bot.id, name: bot.name, isDisabled: bot.isDisabled },
        failure: failure?.message ?? null,
        talks: talks.map(offerModel),
        interactions: interactions.map(offerModel),
        chats: chats.map(({ id, title, state, updatedAt }) => ({
          id,
          title,
          isEnded: state === 'ended',
          updatedAt,
        })),
      },
    };
  };
  const begin = async (visit: Visit): Promise<PageAnswer> => {
    const behavior = formText(visit.form, 'behavior');
    const name = formText(visit.form, 'name').slice(0, 255);
    try {
      const interaction = readInteraction(visit.form);
      const thinking = await beginWithWorker(deps, workerOf(visit), { behavior, name, interaction });
      await answered(thinking);
      return { redirect: `/chats/${thinking.chatId}` };
    } catch (error) {
      return tab(visit, refusal(error));
    }
  };
  const show = async (visit: Visit, failed?: { failure: HubError; typed: string }): Promise<PageAnswer> => {
    const { chat, bot } = await chatOf(deps, workerOf(visit), visit.params.id ?? '');
    const messages = await listChatMessages(deps, chat.id, shownMessages);
    const address = `/chats/${chat.id}`;
    const typed = failed && chat.turn === Number(formText(visit.form, 'turn')) ? { typed: failed.typed } : {};
    return {
      view: 'chats/chat',
      status: failed?.failure.status ?? 200,
      model: {
        title: chat.title,
        bot: { id: bot.id, name: bot.name },
        chat: { id: chat.id, isEnded: chat.state === 'ended' },
        failure: failed?.failure.message ?? null,
        talk: talkModel(chat, messages, {
          address,
          again: `/bots/${bot.id}/chat`,
          isVisitor: false,
          ...typed,
        }),
      },
    };
  };
  const say = async (visit: Visit): Promise<PageAnswer> => {
    const id = visit.params.id ?? '';
    const text = formText(visit.form, 'text');
    const turn = Number(formText(visit.form, 'turn'));
    try {
      await answered(await replyOfWorker(deps, workerOf(visit), { id, turn, text }));
      return { redirect: `/chats/${id}#last` };
    } catch (error) {
      return show(visit, { failure: refusal(error), typed: text });
    }
  };
  const leave = async (visit: Visit): Promise<PageAnswer> => {
    const chat = await leaveChat(deps, workerOf(visit), visit.params.id ?? '');
    return { redirect: `/bots/${chat.botId}/chat`, notice: 'The conversation is over.' };
  };
  const interactions = async (visit: Visit): Promise<PageAnswer> => {
    const me = workerOf(visit);
    const bots = await listSeenBots(deps.db, me, { limit: 200 });
    const offers = await Promise.all(bots.map((bot) => listInteractions(deps, me, bot, everywhere)));
    const model = { title: 'Interactions', interactions: offers.flat().map(offerModel) };
    return { view: 'chats/interactions', model };
  };
  return [
    { method: 'GET', path: '/interactions', access: 'worker', handle: interactions },
    { method: 'GET', path: '/bots/:id/chat', access: 'worker', handle: (visit) => tab(visit, undefined) },
    { method: 'POST', path: '/bots/:id/chat', access: 'worker', handle: begin },
    { method: 'GET', path: '/chats/:id', access: 'worker', handle: (visit) => show(visit) },
    { method: 'POST', path: '/chats/:id', access: 'worker', handle: say },
    { method: 'POST', path: '/chats/:id/leave', access: 'worker', handle: leave },
  ];
}

function offerModel(offer: Offer): Record<string, unknown> {
  const { interaction, ...rest } = offer;
  return {
    ...rest,
    interaction: interaction?.name ?? '',
    params: interaction ? writeJson(interaction.params) : '',
  };
}

/** A form without parameters begins a behavior, one with them an interaction. */
function readInteraction(form: FormData): Interaction | null {
  const params = formText(form, 'params');
  if (params === '') return null;
  let value: unknown;
  try {
    value = parseJson(params);
  } catch {}
  if (!isObject(value))
    throw new HubError('bad_request', 'The parameters of the interaction are no JSON object.');
  return { name: formText(form, 'interaction'), params: value };
}

/** What a page can show of it; others are pages of their own. */
function refusal(error: unknown): HubError {
  if (error instanceof HubError && error.status < 500 && error.code !== 'not_found') return error;
  throw error;
}
