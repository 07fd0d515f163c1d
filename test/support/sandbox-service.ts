/** A sandbox of some profile with a clock that stands still, and an app that links to it from outside. */
import assert from 'node:assert/strict';
import { type Profile, plain } from '../../server/sandbox/profile.ts';
import { createSandbox, type SandboxOptions } from '../../server/sandbox/sandbox.ts';
import { type Answer, type Call, send } from './oauth-client.ts';
import { sendSigned, type Way } from './signed-call.ts';

export const app = { key: 'app', secret: 'fake&secret' };
export const callback = 'https://hub.example/oauth/callback';
export const origin = 'https://service.example';

export type Token = { token: string; secret: string };
/** Everything but what every call has of its own. */
export type Signing = Partial<Omit<Way, 'nonce' | 'timestamp'>> & { nonce?: string; timestamp?: number };

const formType = { 'Content-Type': 'application/x-www-form-urlencoded' };

/** `changes` to a service that asks for nothing special. */
export async function startService(
  changes: Partial<Profile> = {},
  options: Partial<SandboxOptions> & { secret?: string; callbacks?: readonly string[] } = {},
) {
  const { secret = app.secret, callbacks = [callback], ...others } = options;
  const consumer = { key: app.key, secret };
  const profile = { ...plain, origins: [origin], ...changes };
  const sandbox = createSandbox({
    profile,
    consumers: [{ ...consumer, name: 'Desk', callbacks }],
    now: () => Date.UTC(2026, 0, 5, 12),
    ...others,
  });
  const running = await sandbox.listen();
  let count = 0;

  function call(path: string, signing: Signing = {}, request: Call = {}): Promise<Answer> {
    const way = {
      consumer,
      nonce: `nonce-${++count}`,
      timestamp: Math.floor(sandbox.clock.now() / 1000),
      ...signing,
    };
    return sendSigned(running.origin, path, { origin, ...request }, way);
  }
  const targetOf = (of: string) => profile.endpoints.find((endpoint) => endpoint.of === of)?.target ?? '';
  const methodOf = (of: string) =>
    profile.endpoints.find((endpoint) => endpoint.of === of)?.methods.at(-1) ?? 'POST';

  async function askRequest(signing: Signing = {}, request: Call = {}): Promise<Token & { answer: Answer }> {
    const extra = { oauth_callback: callback, ...signing.extra };
    const answer = await call(
      targetOf('request'),
      { ...signing, extra },
      { method: methodOf('request'), ...request },
    );
    return { answer, ...tokenOf(answer) };
  }
  /** Opens the consent page as a browser does and presses a button of it. */
  async function decide(token: string, decision: 'authorize' | 'deny' = 'authorize', query = '') {
    const target = targetOf('authorize');
    const name = profile.authorizeToken;
    const address = `${target}${target.includes('?') ? '&' : '?'}${name}=${encodeURIComponent(token)}${query}`;
    const page = await send(running.origin, address, { origin: running.origin });
    if (page.status !== 200) return { page, answer: page, back: new URLSearchParams() };
    const cookie = String(page.headers['set-cookie']).split(';')[0] ?? '';
    const field = (pattern: RegExp) => (pattern.exec(page.text)?.[1] ?? '').replaceAll('&amp;', '&');
    const csrf = field(/name="csrf" value="([^"]+)"/);
    const action = field(/action="([^"]+)"/).replaceAll('&#x3D;', '=');
    const body = new URLSearchParams({ oauth_token: token, csrf, user: 'alice', decision }).toString();
    const answer = await send(running.origin, action, {
      method: 'POST',
      origin: running.origin,
      headers: { ...formType, Cookie: cookie },
      body,
    });
    return { page, answer, back: new URL(String(answer.headers.location ?? 'none:')).searchParams };
  }
  async function askAccess(
    request: Token,
    verifier: string | undefined,
    signing: Signing = {},
    more: Call = {},
  ): Promise<Token & { answer: Answer }> {
    const extra = { oauth_verifier: verifier, ...signing.extra };
    const answer = await call(
      targetOf('access'),
      { ...signing, token: request, extra },
      { method: methodOf('access'), ...more },
    );
    return { answer, ...tokenOf(answer) };
  }
  /** All three legs by the callback. */
  async function link(signing: Signing = {}): Promise<Token & { answer: Answer }> {
    const request = await askRequest(signing);
    assert.equal(request.answer.status, 200, request.answer.text);
    const { back } = await decide(request.token);
    const access = await askAccess(request, back.get('oauth_verifier') ?? undefined, signing);
    assert.equal(access.answer.status, 200, access.answer.text);
    return access;
  }

  return {
    sandbox,
    origin: running.origin,
    close: running.close,
    call,
    askRequest,
    decide,
    askAccess,
    link,
    /** What the last request was checked for, and what failed. */
    last: () => sandbox.journal.entries().at(-1),
    control: (path: string, json: unknown) =>
      send(running.origin, `/_sandbox${path}`, {
        origin: running.origin,
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify(json),
      }),
  };
}

function tokenOf({ text }: Answer): Token {
  const pairs = text.startsWith('{')
    ? new Map(Object.entries(JSON.parse(text)).map(([name, value]) => [name, String(value)]))
    : new URLSearchParams(text);
  return { token: pairs.get('oauth_token') ?? '', secret: pairs.get('oauth_token_secret') ?? '' };
}
