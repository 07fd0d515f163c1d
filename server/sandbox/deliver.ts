/** Tells webhooks what happened: whom, in which order, how often, and again after a failure. */
import type { User } from './consumer.ts';
import type { Delivery, Envelope } from './delivery-log.ts';
import type { SandboxContext } from './exchange.ts';
import type { Happening } from './happenings.ts';
import { callOutside } from './outside.ts';
import { signatureHeader, webhookSignature } from './webhook-signature.ts';
import type { Webhook } from './webhooks.ts';
import { writeWireJson } from './wire-json.ts';
import type { World } from './world.ts';

/** After how long a failed delivery is tried again. */
const retryDelaysMs = [3_000, 27_000, 242_000];

/** Tells of something that a person did at the service itself; done once everybody was tried. */
export async function tell(world: World, happening: Happening): Promise<void> {
  const work = Promise.all(deliveriesOf(world, happening).map((one) => send(world, one))).then(
    () => undefined,
  );
  world.deliveries.track(work);
  await work;
}

/** Tells of something that was done by way of the API: after the answer, unless a fault wants the echo before it. */
export async function tellAfterAnswer(
  world: World,
  ctx: SandboxContext,
  happening: Happening,
): Promise<void> {
  const all = deliveriesOf(world, happening);
  const early = all.filter((one) => one.isEcho && world.faults.take('echo-before-answer', one));
  const answered = new Promise<void>((resolve) => ctx.res.once('close', resolve));
  const late = all.filter((one) => !early.includes(one));
  world.deliveries.track(answered.then(() => sendAll(world, late)));
  await sendAll(world, early);
}

/** Sends what is gathered, complete or not. */
export async function flushHeld(world: World): Promise<void> {
  const held = world.deliveries.all().filter(({ state }) => state === 'held');
  for (const one of held.toReversed()) await attempt(world, one);
}

function deliveriesOf(world: World, { audience, envelope, via, app }: Happening): Delivery[] {
  const at = new Date(world.now()).toISOString();
  const told: readonly { webhook: Webhook; user?: User }[] = app
    ? app.webhooks.map((webhook) => ({ webhook }))
    : world.webhooks.subscriptions().filter(({ user }) => audience.includes(user));
  return told.map(({ webhook, user }) =>
    world.deliveries.add({
      at,
      webhookId: webhook.id,
      url: webhook.url,
      forUserId: user?.id ?? null,
      isEcho: user !== undefined && user === via,
      envelope: envelope(user),
    }),
  );
}

async function sendAll(world: World, deliveries: readonly Delivery[]): Promise<void> {
  await Promise.all(deliveries.map((one) => send(world, one)));
}

async function send(world: World, delivery: Delivery): Promise<void> {
  const { faults } = world;
  if (faults.take('lose-delivery', delivery) || (delivery.isEcho && faults.take('lose-echo', delivery))) {
    delivery.state = 'lost';
    return;
  }
  const delay = delivery.isEcho ? faults.take('echo-delay', delivery) : undefined;
  if (delay === undefined) return gather(world, delivery);
  delivery.state = 'waiting';
  world.clock.at(world.now() + Number(delay), () => gather(world, delivery));
}

/** Holds a delivery back until there are enough for a batch or another order. */
async function gather(world: World, delivery: Delivery): Promise<void> {
  const batch = world.faults.take('batch-deliveries', delivery);
  const order = batch === undefined ? world.faults.take('reorder-deliveries', delivery) : undefined;
  if (batch === undefined && order === undefined) return attempt(world, delivery);
  delivery.state = 'held';
  const held = world.deliveries
    .all()
    .filter(
      (one) =>
        one.state === 'held' &&
        one.webhookId === delivery.webhookId &&
        (batch === undefined || one.forUserId === delivery.forUserId),
    );
  if (held.length < Number(batch ?? order)) return;
  if (batch === undefined) {
    for (const one of held.toReversed()) await attempt(world, one);
    return;
  }
  const [first = delivery, ...others] = held;
  first.envelope = mergeEnvelopes(held.map(({ envelope }) => envelope));
  for (const one of others) one.state = 'merged';
  await attempt(world, first);
}

/** Lists one after the other, maps into one; of everything else the last. */
function mergeEnvelopes(envelopes: readonly Envelope[]): Envelope {
  const merged: Record<string, Envelope[string]> = {};
  for (const [name, value] of envelopes.flatMap((one) => Object.entries(one))) {
    const old = merged[name];
    if (Array.isArray(old) && Array.isArray(value)) merged[name] = [...old, ...value];
    else if (isMap(old) && isMap(value)) merged[name] = { ...old, ...value };
    else merged[name] = value;
  }
  return merged;
}

function isMap(value: Envelope[string]): value is Envelope & object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

async function attempt(world: World, delivery: Delivery): Promise<void> {
  const webhook = world.webhooks.byId(delivery.webhookId);
  if (!webhook?.isValid) {
    delivery.state = 'lost';
    return;
  }
  const { headers, body } = dress(world, delivery, webhook.consumer.secret);
  let isTaken = false;
  for (let copies = Number(world.faults.take('duplicate-deliveries', delivery) ?? 1); copies > 0; copies--) {
    const result = await callOutside(world.outside, { method: 'POST', url: webhook.url, headers, body });
    const status = result.kind === 'answer' ? result.status : null;
    const problem = result.kind === 'answer' ? null : result.kind === 'timeout' ? 'timeout' : result.reason;
    delivery.attempts.push({ at: new Date(world.now()).toISOString(), status, problem });
    isTaken = status === 200;
  }
  const retryIn = retryDelaysMs[delivery.tries++];
  delivery.state = isTaken ? 'delivered' : retryIn === undefined ? 'lost' : 'waiting';
  if (!isTaken && retryIn !== undefined)
    world.clock.at(world.now() + retryIn, () => attempt(world, delivery));
}

function dress(world: World, delivery: Delivery, secret: string) {
  const { faults } = world;
  const signed = writeWireJson(delivery.envelope);
  const body = faults.take('altered-body', delivery) ? signed.replace(/\}$/, ' }') : signed;
  const key = faults.take('bad-signature', delivery) ? `${secret}x` : secret;
  const headers: Record<string, string> = {
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': String(Buffer.byteLength(body)),
  };
  if (!faults.take('no-signature', delivery)) headers[signatureHeader] = webhookSignature(key, signed);
  return { headers, body };
}
