/** Challenge-response check: does who answers at an address know the app's consumer secret? */
import { gunzipSync } from 'node:zlib';
import { callOutside, type OutsideResult } from './outside.ts';
import type { RefusalName } from './refusal.ts';
import { isSame } from './signature.ts';
import { signatureHeader, webhookSignature } from './webhook-signature.ts';
import type { Webhook } from './webhooks.ts';
import type { World } from './world.ts';

/** One check, as the journal keeps it. */
export interface ChallengeEntry {
  at: string;
  url: string;
  status: number | null;
  ok: boolean;
  problem: RefusalName | null;
}

/** `invalid` at once, or `transient`: may pass by itself. */
export type ChallengeOutcome =
  | { ok: true }
  | { ok: false; lasts: 'invalid' | 'transient'; refusal: RefusalName };

/** How often a webhook is asked, and again after it failed; and how long it may go on failing. */
export const challengeEveryMs = 24 * 3_600_000;
const askAgainMs = 30 * 60_000;
const mayFailMs = 28 * 3_600_000;

/** Asks an address with a fresh token. */
export async function challenge(
  world: World,
  { url, consumer }: Pick<Webhook, 'url' | 'consumer'>,
): Promise<ChallengeOutcome> {
  const token = Buffer.from(world.randomBytes(24)).toString('base64url');
  const nonce = Buffer.from(world.randomBytes(12)).toString('base64url');
  const query = `crc_token=${token}&nonce=${nonce}`;
  const asked = `${url}${url.includes('?') ? '&' : '?'}${query}`;
  const headers = { [signatureHeader]: webhookSignature(consumer.secret, query) };
  const result = await callOutside(world.outside, { method: 'GET', url: asked, headers });
  const outcome = judge(result, webhookSignature(consumer.secret, token));
  if (world.challenges.length >= 1000) world.challenges.shift();
  world.challenges.push({
    at: new Date(world.now()).toISOString(),
    url,
    status: result.kind === 'answer' ? result.status : null,
    ok: outcome.ok,
    problem: outcome.ok ? null : outcome.refusal,
  });
  return outcome;
}

/** Asks a registered webhook and keeps what came of it. What is only transient may go on for some time. */
export async function checkWebhook(world: World, webhook: Webhook): Promise<ChallengeOutcome> {
  const outcome = await challenge(world, webhook);
  if (outcome.ok) {
    webhook.isValid = true;
    webhook.provenAt = world.now();
  } else if (outcome.lasts === 'invalid' || world.now() - webhook.provenAt > mayFailMs) {
    webhook.isValid = false;
  }
  return outcome;
}

/** Keeps asking for as long as the webhook is registered. */
export function scheduleChallenges(world: World, webhook: Webhook, afterMs = challengeEveryMs): void {
  world.clock.at(world.now() + afterMs, async () => {
    if (world.webhooks.byId(webhook.id) !== webhook) return;
    // One that is invalid stays so until its owner asks for a check.
    const isWell = !webhook.isValid || (await checkWebhook(world, webhook)).ok;
    scheduleChallenges(world, webhook, isWell ? challengeEveryMs : askAgainMs);
  });
}

function judge(result: OutsideResult, expected: string): ChallengeOutcome {
  if (result.kind === 'timeout') return { ok: false, lasts: 'transient', refusal: 'slowChallenge' };
  if (result.kind === 'unreachable') return { ok: false, lasts: 'transient', refusal: 'failedChallenge' };
  const { status } = result;
  if (status !== 200) {
    const lasts = status >= 300 && status < 400 ? 'invalid' : 'transient';
    return { ok: false, lasts, refusal: 'failedChallenge' };
  }
  const given = readResponseToken(result.body, result.headers['content-encoding']);
  return given !== undefined && isSame(given, expected)
    ? { ok: true }
    : { ok: false, lasts: 'invalid', refusal: 'wrongChallenge' };
}

// Compression that is announced and not done, or the reverse, is a wrong answer.
function readResponseToken(body: Buffer, encoding: string | undefined): string | undefined {
  try {
    const plain = encoding === 'gzip' ? gunzipSync(body) : body;
    const { response_token: token } = JSON.parse(plain.toString('utf8'));
    return typeof token === 'string' ? token : undefined;
  } catch {
    return undefined;
  }
}
