/** Answers with a refusal, in the words of the service. */
import type { SandboxContext } from './exchange.ts';
import { problemName } from './problem-name.ts';
import type { Profile } from './profile.ts';
import { type Refusal, refusalBody } from './refusal.ts';
import { writeWireJson } from './wire-json.ts';

/** The Twitter kind numbers its errors; what the others call them says what failed, as OAuth Problem Reporting does. */
export function answerRefusal(
  { errors, freshness }: Profile,
  ctx: SandboxContext,
  refusal: Refusal,
  now: number,
): void {
  ctx.status = refusal.status;
  if (errors === 'codes') {
    ctx.type = 'application/json; charset=utf-8';
    ctx.body = writeWireJson(refusalBody(refusal, ctx.path));
  } else if (errors === 'text') {
    ctx.type = 'text/plain; charset=utf-8';
    ctx.body = `Error: ${refusal.message} (${problemName(refusal.check)})`;
  } else {
    const pairs: [string, string][] = [['oauth_problem', problemName(refusal.check)]];
    if (refusal.check === 'timestamp')
      pairs.push(['oauth_acceptable_timestamps', acceptableAt(now, freshness.toleranceSeconds)]);
    const quoted = pairs.map(([name, value]) => `${name}="${encodeURIComponent(value)}"`);
    ctx.set('WWW-Authenticate', `OAuth ${quoted.join(', ')}`);
    ctx.type = 'application/x-www-form-urlencoded';
    ctx.body = new URLSearchParams([...pairs, ['oauth_problem_advice', refusal.message]]).toString();
  }
}

function acceptableAt(now: number, tolerance: number): string {
  const seconds = Math.floor(now / 1000);
  return `${seconds - tolerance}-${seconds + tolerance}`;
}
