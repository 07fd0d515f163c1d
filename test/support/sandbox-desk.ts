/** A sandbox with a clock that stands still, an app that calls it, and the app's webhook. */
import { createSandbox, type SandboxOptions } from '../../server/sandbox/sandbox.ts';
import { type Answer, authorization, type Call, send } from './oauth-client.ts';
import { startReceiver } from './webhook-receiver.ts';

export const app = { key: 'desk-app', secret: 'fake&secret' };
export const startedAt = Date.UTC(2026, 0, 5);
/** Alice is the desk's account; Bob and Carol are others. */
export const ids = { alice: '9007199254740993', bob: '1750000000000000007', carol: '1750000000000000009' };
export const activityPath = '/1.1/account_activity/all/ProductionEnvironment';

const publicOrigins = ['https://api.twitter.com'];

/** Starts all three. Time passes by `sandbox.clock.advance` alone. */
export async function startDesk(options: Partial<SandboxOptions> = {}) {
  const consumer = { ...app, name: 'Desk', callbacks: [], accessLevel: 'read-write-directmessages' } as const;
  const sandbox = createSandbox({ consumers: [consumer], publicOrigins, now: () => startedAt, ...options });
  const running = await sandbox.listen();
  const receiver = await startReceiver(app.secret);
  let nonce = 0;

  function as(screenName: string): { token: string; secret: string } {
    const { token, tokenSecret } = sandbox.issueToken(app.key, screenName);
    return { token, secret: tokenSecret };
  }
  /** A call signed as a person, or with a token of before. */
  function call(
    who: string | { token: string; secret: string },
    path: string,
    request: Call = {},
  ): Promise<Answer> {
    const timestamp = Math.floor(sandbox.clock.now() / 1000);
    const token = typeof who === 'string' ? as(who) : who;
    const signing = { consumer: app, nonce: `n-${++nonce}`, timestamp, token };
    const headers = { ...request.headers, Authorization: authorization(path, request, signing) };
    return send(running.origin, path, { ...request, headers });
  }
  async function bearer(path: string, method = 'GET'): Promise<Answer> {
    const { access_token: token } = JSON.parse((await askToken()).text);
    return send(running.origin, path, { method, headers: { Authorization: `Bearer ${token}` } });
  }
  function askToken(secret = app.secret): Promise<Answer> {
    const basic = Buffer.from(`${app.key}:${encodeURIComponent(secret)}`).toString('base64');
    const headers = { Authorization: `Basic ${basic}`, 'Content-Type': 'application/x-www-form-urlencoded' };
    return send(running.origin, '/oauth2/token', {
      method: 'POST',
      headers,
      body: 'grant_type=client_credentials',
    });
  }
  const post = (who: string, path: string, json: unknown) =>
    call(who, path, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(json),
    });

  return {
    sandbox,
    origin: running.origin,
    receiver,
    as,
    call,
    bearer,
    askToken,
    post,
    /** A direct message by version 1.1. */
    message: (who: string, to: string, data: Record<string, unknown>) =>
      post(who, '/1.1/direct_messages/events/new.json', {
        event: {
          type: 'message_create',
          message_create: { target: { recipient_id: to }, message_data: data },
        },
      }),
    register: (url = receiver.url, who = 'alice', path = activityPath) =>
      call(who, `${path}/webhooks.json?url=${encodeURIComponent(url)}`, { method: 'POST' }),
    subscribe: (who = 'alice', path = activityPath) =>
      call(who, `${path}/subscriptions.json`, { method: 'POST' }),
    /** A control call. */
    control: (path: string, json?: unknown) =>
      send(running.origin, `/_sandbox${path}`, {
        origin: running.origin,
        ...(json === undefined
          ? {}
          : { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(json) }),
      }),
    async close() {
      await running.close();
      await receiver.close();
    },
  };
}

export const codeOf = (answer: Answer): unknown => JSON.parse(answer.text).errors[0].code;
