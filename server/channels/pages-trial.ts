/** Further tabs of a channel: the set-up list, tests, and what called its address. */
import type { PageAnswer, PageRoute, Visit, WorkerActor } from '../http/route.ts';
import { type ChannelDeps, getChannel } from './channels.ts';
import { overviewOf } from './overview.ts';
import { type Failure, failureOf, formText, headOf, idOf, worker } from './pages-visit.ts';
import { messageBadge, messageRemark, outcomeWords, setUpBadges } from './pages-words.ts';
import type { Message } from './records.ts';
import { setUpState } from './set-up.ts';
import { listHooks } from './store-hooks.ts';
import {
  obstacleToTest,
  type SimulatedAnswer,
  sendTest,
  simulateInbound,
  type Deps as TrialDeps,
} from './trial.ts';

export type Deps = ChannelDeps & TrialDeps;

const pageSize = 50;

export function trialPages(deps: Deps): PageRoute[] {
  const path = '/channels/:id';
  return [
    worker('GET', `${path}/set-up`, async (visit, me) => {
      const overview = await overviewOf(deps, await getChannel(deps.db, me, idOf(visit)));
      const { type, channel, address } = overview;
      const items = setUpState(type, channel).map((item) => ({ ...item, badge: setUpBadges[item.state] }));
      const model = {
        ...headOf(overview, 'Set-up list'),
        title: `Set up the ${type.title} Channel`,
        items,
        callbackUrl: address?.url ?? null,
        oauthCallbackUrl: `${deps.config.url.origin}/oauth/callback`,
      };
      return { view: 'channels/set-up', model };
    }),
    worker('GET', `${path}/requests`, (visit, me) => requests(deps, visit, me)),
    worker('GET', `${path}/test`, (visit, me) => show(deps, visit, me)),
    worker('POST', `${path}/test`, async (visit, me) => {
      const text = formText(visit.form, 'text');
      const to = formText(visit.form, 'to');
      try {
        return await show(deps, visit, me, { message: await sendTest(deps, me, idOf(visit), { to, text }) });
      } catch (error) {
        return show(deps, visit, me, { failure: failureOf(error), typed: { text, to } });
      }
    }),
    worker('POST', `${path}/simulate`, async (visit, me) => {
      const text = formText(visit.form, 'text');
      try {
        const answers = await simulateInbound(deps, me, idOf(visit), { text });
        return await show(deps, visit, me, { answers, inbound: text });
      } catch (error) {
        return show(deps, visit, me, { failure: failureOf(error), inbound: text });
      }
    }),
  ];
}

/** What a button of the Test tab led to. */
interface Shown {
  message?: Message;
  answers?: readonly SimulatedAnswer[];
  failure?: Failure;
  typed?: { text: string; to: string };
  inbound?: string;
}

async function show(deps: Deps, visit: Visit, me: WorkerActor, shown: Shown = {}): Promise<PageAnswer> {
  const overview = await overviewOf(deps, await getChannel(deps.db, me, idOf(visit)));
  const { message, answers, failure, typed, inbound } = shown;
  return {
    view: 'channels/test',
    ...(failure && { status: failure.status }),
    model: {
      ...headOf(overview, 'Test'),
      title: `Test the ${overview.type.title} Channel`,
      type: { title: overview.type.title },
      failure: failure?.message ?? null,
      obstacle: obstacleToTest(overview.channel, overview.type) ?? null,
      toError: failure?.faults['/to'],
      typed: typed ?? { text: 'This is a test message.', to: '' },
      inbound: inbound ?? 'Where is my order?',
      message: message && {
        text: message.text,
        badge: messageBadge(message),
        remark: messageRemark(message),
        conversationId: message.conversationId,
      },
      isSimulated: answers !== undefined,
      answers: answers ?? [],
    },
  };
}

async function requests(deps: Deps, visit: Visit, me: WorkerActor): Promise<PageAnswer> {
  const overview = await overviewOf(deps, await getChannel(deps.db, me, idOf(visit)));
  const { channel, type, address } = overview;
  const after = visit.query.get('after') ?? undefined;
  const page = { limit: pageSize + 1, ...(after !== undefined && { after }) };
  const hooks = address ? await listHooks(deps.db, address.stream.id, page) : [];
  const shown = hooks.slice(0, pageSize);
  const last = shown.at(-1);
  return {
    view: 'channels/requests',
    model: {
      ...headOf(overview, 'Requests'),
      title: `Requests to the ${type.title} Channel`,
      requests: shown.map((hook) => ({ ...hook, badge: outcomeWords[hook.outcome] })),
      next: hooks.length > pageSize && last ? `/channels/${channel.id}/requests?after=${last.id}` : null,
    },
  };
}
