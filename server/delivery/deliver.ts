/** The one door out: policy, durable intent, signature, sending, redacted result (DESIGN decisions 5, 11, 12). */
import type { Knex } from 'knex';
import type { Config } from '../config.ts';
import { HubError, traceOf } from '../errors.ts';
import type { Vault } from '../vault.ts';
import { type Batch, createBatch } from './batch.ts';
import type { Resolve } from './connector.ts';
import type { Deliver, Delivery, DeliveryContext, DeliveryFault, OutboundRequest } from './delivery.ts';
import { type Exchange, exchange } from './exchange.ts';
import { prepareRequest } from './headers.ts';
import { checkTarget, isExceptedHost, type Policy } from './policy.ts';
import { createPools, type Pools } from './pools.ts';
import { redactAnswer, redactRequest, spellSecrets } from './redact.ts';
import { followRedirect, isRefusedAsStale, maxRedirects, mayTryAgain } from './retry.ts';
import { type Intent, insertIntents, type Result, sealRequest, updateResults } from './store.ts';

export interface Deps {
  db: Knex;
  vault: Vault;
  config: Policy & Pick<Config, 'connectTimeoutMs' | 'totalTimeoutMs' | 'maxAnswerBytes'>;
  now(): number;
  newId(): string;
  log: { error(fields: object, message: string): void };
  /** Resolver of host names in place of the system's. */
  resolve?: Resolve;
  /** Told of every delivery that ended, for counting. */
  onEnd?: (state: Result['state']) => void;
}

/** The door, and what its owner does with it. */
export type Door = Deliver & {
  /** Resolves when the results of all that was delivered so far can be read from the database. */
  flush(): Promise<void>;
  /** Lets nothing more out, waits for what is under way, writes its results and closes the sockets. */
  close(): Promise<void>;
};

interface Parts {
  pools: Pools;
  intents: Batch<Intent>;
  results: Batch<Result>;
}

export function createDeliver(deps: Deps): Door {
  const parts: Parts = {
    pools: createPools(deps),
    intents: createBatch((intents) => insertIntents(deps.db, intents), { delayMs: 0, maxItems: 100 }),
    results: createBatch((results) => updateResults(deps.db, results), { delayMs: 25, maxItems: 500 }),
  };
  const underWay = new Set<Promise<Delivery>>();
  let isClosed = false;
  const deliver: Deliver = (request, context) => {
    if (isClosed) return Promise.reject(new HubError('busy', 'The hub is shutting down. Try again soon.'));
    const delivery = carry(deps, parts, request, context);
    underWay.add(delivery);
    const forget = () => underWay.delete(delivery);
    delivery.then(forget, forget);
    return delivery;
  };
  return Object.assign(deliver, {
    flush: () => parts.results.flush(),
    async close() {
      isClosed = true;
      await Promise.allSettled(underWay);
      await parts.results.flush();
      await parts.pools.close();
    },
  });
}

async function carry(
  deps: Deps,
  parts: Parts,
  asked: OutboundRequest,
  context: DeliveryContext,
): Promise<Delivery> {
  const request = prepareRequest(asked, context.authorize !== undefined);
  checkTarget(deps.config, request.url, context);
  checkCertificateRule(deps.config, request.url, context);
  const id = deps.newId();
  const startedAt = deps.now();
  const connectedTo = deps.config.connectTo.get(request.url.origin);
  const spellings = spellSecrets(context.secrets ?? []);
  const sealed = (sent: OutboundRequest) => {
    const shown = redactRequest(sent, spellings);
    return { url: shown.url, sealedRequest: sealRequest(deps.vault, id, { sent, shown }) };
  };
  await addIntent(parts.intents, {
    id,
    accountId: context.accountId,
    serviceId: context.serviceId,
    runId: context.runId,
    purpose: context.purpose,
    method: request.method,
    connectedTo,
    startedAt,
    ...sealed(request),
  });
  const conclude = (
    sent: OutboundRequest,
    outcome: Pick<Result, 'state' | 'fault' | 'status' | 'answer'>,
  ) => {
    const tookMs = deps.now() - startedAt;
    deps.onEnd?.(outcome.state);
    parts.results.add({ id, tookMs, ...sealed(sent), ...outcome }).catch((error) => {
      deps.log.error({ delivery: id, ...traceOf(error) }, 'The result of a delivery could not be written');
    });
    return tookMs;
  };

  const outcome = await send(deps, parts.pools, request, context).catch((error) => {
    conclude(request, { state: 'refused', fault: refusalFault(error), status: undefined, answer: undefined });
    throw error;
  });
  const { sent, response, fault } = outcome;
  const tookMs = conclude(sent, {
    state: stateOf(outcome),
    fault,
    status: response?.status,
    answer: response && context.purpose === 'request' ? redactAnswer(response, sent, spellings) : undefined,
  });
  return {
    id,
    request: sent,
    startedAt,
    tookMs,
    ...(sent.url.href !== request.url.href && { askedUrl: request.url }),
    // Half an answer with tokens is none.
    ...(response && !(fault && context.purpose === 'token') && { response }),
    ...(fault && { fault }),
    ...(connectedTo !== undefined && { connectedTo }),
  };
}

/** Sends until an answer is the answer: tries again where that is safe, follows redirects, signs each time afresh. */
async function send(
  { config }: Deps,
  pools: Pools,
  request: OutboundRequest,
  context: DeliveryContext,
): Promise<Exchange & { sent: OutboundRequest }> {
  const timeoutMs = Math.min(context.timeoutMs ?? config.totalTimeoutMs, config.totalTimeoutMs);
  const limits = {
    deadline: AbortSignal.timeout(timeoutMs),
    maxAnswerBytes: Math.min(context.maxAnswerBytes ?? config.maxAnswerBytes, config.maxAnswerBytes),
  };
  let current = request;
  let sent = sign(current, context);
  let isSignedAgain = false;
  for (let tries = 1, redirects = 0; ; tries++) {
    const pool = pools.get(sent.url, context.ignoreCertificate === true);
    const outcome = await exchange(pool, sent, limits);
    const next = redirects < maxRedirects ? followRedirect(current, outcome, context.purpose) : undefined;
    const followed = next && signRedirected(next, context);
    if (next && followed) {
      checkTarget(config, next.url, context);
      current = next;
      sent = followed;
      redirects++;
      tries = 0;
      continue;
    }
    if (!limits.deadline.aborted && !isSignedAgain && isRefusedAsStale(outcome, context)) {
      isSignedAgain = true;
    } else if (limits.deadline.aborted || !mayTryAgain(current, outcome, tries, context)) {
      return { ...outcome, sent };
    }
    sent = sign(current, context);
  }
}

/** Undefined where the remote side sends on to what cannot be signed: then its 3xx is the answer. */
function signRedirected(request: OutboundRequest, context: DeliveryContext): OutboundRequest | undefined {
  try {
    return sign(request, context);
  } catch (error) {
    if (error instanceof HubError && error.code === 'request_refused') return undefined;
    throw error;
  }
}

function sign(request: OutboundRequest, { authorize }: DeliveryContext): OutboundRequest {
  if (!authorize) return request;
  const signed = authorize({ ...request, url: new URL(request.url), headers: [...request.headers] });
  if (signed.url.origin !== request.url.origin || signed.method !== request.method) {
    throw new Error('Signing must not change where a request goes');
  }
  return signed;
}

/** DESIGN decision 11: no byte leaves before its intent is on the disk. */
async function addIntent(intents: Batch<Intent>, intent: Intent): Promise<void> {
  try {
    await intents.add(intent);
  } catch (cause) {
    throw new HubError('database_unavailable', undefined, { cause });
  }
}

function checkCertificateRule(policy: Policy, url: URL, context: DeliveryContext): void {
  if (context.ignoreCertificate !== true) return;
  if (context.authorize === undefined && isExceptedHost(policy, url)) return;
  throw new HubError(
    'request_refused',
    `The certificate of ${url.host} must be checked: only requests without an account to hosts in COUNTERSIGN_ALLOW_PRIVATE may ignore it.`,
  );
}

function refusalFault(error: unknown): DeliveryFault {
  const message = error instanceof HubError ? error.message : 'The request could not be signed.';
  return { kind: 'connect', message, sent: false };
}

function stateOf({ response, fault }: Exchange): Result['state'] {
  if (response) return 'answered';
  return fault?.sent === true ? 'unknown' : 'failed';
}
