/** Entering the PIN that a remote site shows in place of sending the browser back (RFC 5849 §2.1, "oob"). */
import { HubError } from '../errors.ts';
import type { Actor } from '../people/actor.ts';
import type { ConnectedAccount } from './account.ts';
import { callbackUrl, type LinkDeps, linkStepsOf, showsPin } from './link.ts';
import { endFlow, exchange, refuseUnknown, type Taking } from './link-exchange.ts';
import { isSameText, type LinkFlow, refuseEndedFlow, throughConnectTo } from './link-flow.ts';
import { type Kept, keepGrant } from './link-keep.ts';
import { openHandshake } from './sealed.ts';
import { type OpenService, openServiceOf } from './services.ts';
import { findAccount } from './store-accounts.ts';
import { findFlow, findLastFlow, moveFlow } from './store-flows.ts';
import { startAgain } from './token-call.ts';

/** So many wrong PINs end a flow. */
const maxPins = 5;

/** Who enters it: the flow was begun in this browser, and by this worker where it was begun in a session. */
export interface PinHolder {
  browserHash: string;
  worker: Extract<Actor, { kind: 'worker' }> | undefined;
}

export interface PinEntry extends Taking {
  consentUrl: URL;
  triesLeft: number;
}

/** What the PIN page shows. Changes nothing. Throws `bad_request` to anybody but the holder, `flow_used`, `flow_expired`. */
export async function getPinEntry(deps: LinkDeps, holder: PinHolder, flowId: string): Promise<PinEntry> {
  const flow = await findFlow(deps.db, flowId);
  const account = flow && (await findAccount(deps.db, flow.accountId));
  if (!flow || !account || !isHeld(flow, holder)) {
    const message = 'The link was begun in another browser, or by a worker who is not signed in here now.';
    throw startAgain('bad_request', message);
  }
  refuseEndedFlow(flow, deps.now());
  const opened = await openServiceOf(deps, flow.serviceId);
  const handshake = openHandshake(deps.vault, flow);
  if (!handshake || !showsPin(opened)) throw startAgain('flow_used', 'This link does not wait for a PIN.');
  const url = linkStepsOf(opened).consentUrl(opened.params, handshake, callbackUrl(deps.config));
  const consentUrl = throughConnectTo(url, deps.config.connectTo);
  return { flow, account, opened, consentUrl, triesLeft: maxPins - flow.wrongPins };
}

/**
 * Exchanges the PIN. `wrong`: the remote side refused it and the flow waits on; with the last try it ends instead. A
 * remote side that cannot be reached costs no try. Throws as the callback does.
 */
export async function enterPin(
  deps: LinkDeps,
  holder: PinHolder,
  input: { flowId: string; pin: string },
): Promise<Kept | { outcome: 'wrong'; problem: string }> {
  const pin = input.pin.trim();
  if (!/^[\x20-\x7e]{1,512}$/.test(pin)) {
    throw new HubError('bad_request', 'Enter the PIN as the remote site shows it.');
  }
  const entry = await getPinEntry(deps, holder, input.flowId);
  const exchanged = await exchange(deps, entry, { verifier: pin, query: new URLSearchParams() });
  switch (exchanged.kind) {
    case 'granted':
      return keepGrant(deps, entry, exchanged.grant);
    case 'refused':
      return countWrongPin(deps, entry, exchanged);
    case 'unanswered': {
      if (exchanged.sent) return refuseUnknown(deps, entry, exchanged.problem);
      await waitOn(deps, entry.flow, {});
      const message = `${entry.opened.service.name} could not be reached: ${exchanged.problem}`;
      throw new HubError('remote_failed', message);
    }
  }
}

/** The flow that waits in this browser for a PIN for the account, so that a closed tab can be found again. */
export async function findWaitingPin(
  deps: Pick<LinkDeps, 'db' | 'now'>,
  account: ConnectedAccount,
  opened: Pick<OpenService, 'params'>,
  { worker, browserHash }: PinHolder,
): Promise<LinkFlow | undefined> {
  if (!worker || !showsPin(opened)) return undefined;
  const flow = await findLastFlow(deps.db, { accountId: account.id, workerId: worker.id, browserHash });
  return flow?.state === 'waiting' && flow.expiresAt > deps.now() ? flow : undefined;
}

async function countWrongPin(
  deps: LinkDeps,
  { flow, opened }: Taking,
  { problem, nextStep }: { problem: string; nextStep: string },
): Promise<{ outcome: 'wrong'; problem: string }> {
  const sentence = `${opened.service.name} did not take the PIN. ${problem}`;
  // Read again: while it is exchanging nobody else counts, but others may have before it was taken.
  const wrongPins = ((await findFlow(deps.db, flow.id)) ?? flow).wrongPins + 1;
  if (wrongPins < maxPins) {
    await waitOn(deps, flow, { wrongPins });
    return { outcome: 'wrong', problem: sentence };
  }
  await endFlow(deps, flow, 'failed', 'wrong_pins');
  const message = `${sentence} That was the last of ${maxPins} tries, so the link was ended.`;
  throw startAgain('remote_failed', message, nextStep);
}

/** Back to waiting, for as long as it had when the PIN came. */
async function waitOn(
  { db }: Pick<LinkDeps, 'db'>,
  { id, expiresAt }: LinkFlow,
  changes: { wrongPins?: number },
): Promise<void> {
  await moveFlow(db, id, { from: ['exchanging'], to: 'waiting' }, { ...changes, expiresAt });
}

function isHeld(flow: LinkFlow, { browserHash, worker }: PinHolder): boolean {
  if (flow.browserHash === null || !isSameText(flow.browserHash, browserHash)) return false;
  return flow.workerId === null || flow.workerId === worker?.id;
}
