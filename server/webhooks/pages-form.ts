/** The form of a webhook listener: a new one, or one that is changed. */
import { eventWebhookReceived } from '../bots/event.ts';
import { listBehaviors } from '../bots/store.ts';
import { HubError } from '../errors.ts';
import type { PageAnswer, PageRoute, Visit } from '../http/route.ts';
import type { Deps } from './api.ts';
import { changeListener, createListener, getListener, type ListenerChanges } from './listeners.ts';
import { cardPage } from './pages-card.ts';
import {
  algorithms,
  defaultTolerance,
  encodings,
  noCheck,
  type SignatureCheck,
  signedParts,
} from './signature.ts';
import type { ListenerRecord } from './webhook-listener.ts';

type Typed = Record<string, string>;

const mostBehaviors = 1000;

export function formPages(deps: Deps): PageRoute[] {
  return [
    {
      method: 'GET',
      path: '/webhook-listeners/new',
      access: 'admin',
      handle: () => formPage(deps, undefined, blank, {}),
    },
    { method: 'POST', path: '/webhook-listeners', access: 'admin', handle: (visit) => save(deps, visit) },
    {
      method: 'GET',
      path: '/webhook-listeners/:id/edit',
      access: 'admin',
      async handle(visit) {
        const listener = await getListener(deps.db, visit.params.id ?? '');
        return formPage(deps, listener, typedOf(listener), {});
      },
    },
    { method: 'POST', path: '/webhook-listeners/:id', access: 'admin', handle: (visit) => save(deps, visit) },
  ];
}

async function save(deps: Deps, { params, form }: Visit): Promise<PageAnswer> {
  const typed = Object.fromEntries(
    [...form].filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
  const listener = params.id === undefined ? undefined : await getListener(deps.db, params.id);
  try {
    const changes = changesOf(typed);
    const saved = listener
      ? await changeListener(deps, listener.id, changes)
      : await createListener(deps, changes);
    if (saved.madeSecret !== undefined) return cardPage(deps, saved.listener, saved.madeSecret);
    return { redirect: `/webhook-listeners/${saved.listener.id}`, notice: 'The webhook listener was saved.' };
  } catch (error) {
    if (!(error instanceof HubError) || error.code !== 'bad_request') throw error;
    const faults = Array.isArray(error.extra.faults) ? error.extra.faults : [];
    const errors = Object.fromEntries(
      faults.map(({ path, message }) => [String(path).split('/').at(-1), message]),
    );
    return { ...(await formPage(deps, listener, typed, errors)), status: 422 };
  }
}

function changesOf(typed: Typed): ListenerChanges {
  return {
    name: typed.name ?? '',
    ...(typed.behavior_id !== 'automations' && { behavior: typed.behavior_id ?? '' }),
    isDisabled: typed.is_enabled !== 'yes',
    answers: typed.answers === 'accept' ? 'accept' : 'wait',
    check: checkOf(typed),
    secret: typed.secret ?? '',
    replayHeader: typed.replay_header ?? '',
  };
}

function checkOf(typed: Typed): SignatureCheck {
  const toleranceSeconds = Number(typed.tolerance_seconds || defaultTolerance);
  if (typed.kind === 'standard') return { kind: 'standard', toleranceSeconds };
  if (typed.kind !== 'hmac') return noCheck;
  return {
    kind: 'hmac',
    header: (typed.header ?? '').trim(),
    algorithm: algorithms.find((one) => one === typed.algorithm) ?? 'sha256',
    encoding: encodings.find((one) => one === typed.encoding) ?? 'hex',
    prefix: typed.prefix ?? '',
    signs: typed.signs ?? '',
    timestamp: (typed.timestamp ?? '').trim(),
    toleranceSeconds,
  };
}

const blank: Typed = { answers: 'wait', kind: 'none', is_enabled: 'yes', signs: '{body}' };

function typedOf(listener: ListenerRecord): Typed {
  const { check } = listener;
  const seconds = check.kind === 'none' ? {} : { tolerance_seconds: String(check.toleranceSeconds) };
  return {
    ...blank,
    ...(check.kind === 'hmac' && {
      header: check.header,
      algorithm: check.algorithm,
      encoding: check.encoding,
      prefix: check.prefix,
      signs: check.signs,
      timestamp: check.timestamp,
    }),
    ...seconds,
    name: listener.name,
    behavior_id: listener.behaviorId ?? 'automations',
    is_enabled: listener.isDisabled ? '' : 'yes',
    answers: listener.answers,
    kind: check.kind,
    replay_header: listener.replayHeader,
  };
}

async function formPage(
  deps: Deps,
  listener: ListenerRecord | undefined,
  typed: Typed,
  errors: Readonly<Record<string, string>>,
): Promise<PageAnswer> {
  const all = await listBehaviors(deps.db, { owners: 'all' }, { limit: mostBehaviors });
  const fitting = all.filter(({ event }) => event.key === eventWebhookReceived);
  const options = (pairs: readonly (readonly [value: string, label: string])[], chosen: string | undefined) =>
    pairs.map(([value, label]) => ({ value, label, selected: value === chosen }));
  const choice = fitting.map(({ id, title }) => [id, title] as const);
  const automations = [['automations', 'Automations, which cannot run here']] as const;
  return {
    view: 'webhooks/form',
    model: {
      title: listener ? `Edit ${listener.name}` : 'New webhook listener',
      listener,
      typed,
      errors,
      hasBehaviors: fitting.length > 0,
      behaviors: options([...(listener?.automations ? automations : []), ...choice], typed.behavior_id),
      answers: options(
        [
          ['wait', 'When the behavior ends, with what it sets'],
          ['accept', 'At once with 202; the behavior runs afterwards'],
        ],
        typed.answers,
      ),
      kinds: options(
        [
          ['none', 'None: who knows the address may send'],
          ['standard', 'Standard Webhooks'],
          ['hmac', 'HMAC in a header'],
        ],
        typed.kind,
      ),
      algorithms: options(
        algorithms.map((one) => [one, one.toUpperCase()] as const),
        typed.algorithm,
      ),
      encodings: options(
        encodings.map((one) => [one, one] as const),
        typed.encoding,
      ),
      parts: signedParts,
      defaultTolerance,
      hasSecret: listener?.sealedSecret !== null && listener !== undefined,
    },
  };
}
