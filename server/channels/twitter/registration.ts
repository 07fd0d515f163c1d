/** Registering a webhook and subscribing the account: premium account activity of version 1.1. Pure. */
import type {
  ChannelAnswer,
  ChannelCall,
  ChannelReading,
  ChannelRequest,
  Registration,
  RemotePerson,
  RemoteWebhook,
} from '../channel.ts';
import { personOf } from './person.ts';
import { idAt, member, textAt } from './reading.ts';
import { readRefusal, unreadable } from './refusal.ts';
import { call, get, postForm } from './requests.ts';

/** Steps of Authorize. What is gone already counts as deleted; what is there already, as made. */
export function registrationAt(origin: string, identity: Registration['identity']): Registration {
  const activity = (label: string, path: string) =>
    `${origin}/1.1/account_activity/all/${encodeURIComponent(label)}/${path}.json`;
  const webhook = (label: string, id: string) => activity(label, `webhooks/${encodeURIComponent(id)}`);
  return {
    identity,
    appToken: () => ({
      request: postForm('consumer', `${origin}/oauth2/token`, { grant_type: 'client_credentials' }),
      read: reading((json) => textAt(json, 'access_token')),
    }),
    listWebhooks: (label) => ({
      request: get('app', activity(label, 'webhooks')),
      read: reading((json) =>
        Array.isArray(json) ? json.flatMap((one) => readWebhook(one) ?? []) : undefined,
      ),
    }),
    createWebhook: (label, url) => ({
      request: call('POST', 'account', activity(label, 'webhooks'), { url }),
      read: reading(readWebhook),
    }),
    validateWebhook: (label, id) => done(call('PUT', 'account', webhook(label, id))),
    deleteWebhook: (label, id) => done(call('DELETE', 'account', webhook(label, id)), { isGoneDone: true }),
    subscribe: (label) => done(call('POST', 'account', activity(label, 'subscriptions'))),
    isSubscribed: (label) => ({
      request: get('account', activity(label, 'subscriptions')),
      read(answer, now) {
        if (isSuccess(answer)) return { ok: true, value: true };
        return isGone(answer) ? { ok: true, value: false } : readRefusal(answer, now, 'register');
      },
    }),
    unsubscribe: (label, remoteUserId) =>
      done(call('DELETE', 'app', activity(label, `subscriptions/${encodeURIComponent(remoteUserId)}`)), {
        isGoneDone: true,
      }),
  };
}

/** Who the account is, by version 1.1; the access level stands in a header. */
export function identityV1(origin: string): Registration['identity'] {
  return () => ({
    request: get('account', `${origin}/1.1/account/verify_credentials.json`, {
      include_entities: 'false',
      skip_status: 'true',
    }),
    read: readIdentity((json) => json, 'id_str'),
  });
}

/** The same by version 2, for apps that may not call version 1.1. */
export function identityV2(origin: string): Registration['identity'] {
  return () => ({
    request: get('account', `${origin}/2/users/me`, { 'user.fields': 'profile_image_url' }),
    read: readIdentity((json) => member(json, 'data'), 'id'),
  });
}

function readIdentity(userIn: (json: unknown) => unknown, idName: string) {
  return (
    answer: ChannelAnswer,
    now: number,
  ): ChannelReading<{ person: RemotePerson; accessLevel: string | null }> => {
    if (!isSuccess(answer)) return readRefusal(answer, now, 'read');
    const user = userIn(answer.json);
    const id = idAt(user, idName);
    if (id === undefined) return unreadable('read');
    const level = answer.headers['x-access-level']?.trim() ?? '';
    const accessLevel = /^[\w-]{1,64}$/.test(level) ? level : null;
    return { ok: true, value: { person: { ...personOf(user, id), id }, accessLevel } };
  };
}

/** In version 1.1 a webhook stands bare, in version 2 under `data`. */
function readWebhook(json: unknown): RemoteWebhook | undefined {
  const [id, url] = [idAt(json, 'id'), textAt(json, 'url')];
  if (id === undefined || url === undefined) return undefined;
  return { id, url, valid: member(json, 'valid') === true };
}

function reading<T>(valueIn: (json: unknown) => T | undefined): ChannelCall<T>['read'] {
  return (answer, now) => {
    if (!isSuccess(answer)) return readRefusal(answer, now, 'register');
    const value = valueIn(answer.json);
    return value === undefined ? unreadable('register') : { ok: true, value };
  };
}

function done(request: ChannelRequest, { isGoneDone } = { isGoneDone: false }): ChannelCall<null> {
  return {
    request,
    read(answer, now) {
      if (isSuccess(answer) || (isGoneDone && isGone(answer))) return { ok: true, value: null };
      const refusal = readRefusal(answer, now, 'register');
      return refusal.remedy === 'already_done' ? { ok: true, value: null } : refusal;
    },
  };
}

function isSuccess({ status }: ChannelAnswer): boolean {
  return status >= 200 && status < 300;
}

function isGone(answer: ChannelAnswer): boolean {
  return answer.status === 404;
}
