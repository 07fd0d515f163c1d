/** The words of delivery: one outgoing HTTP exchange. Pure types; absence is spelled `undefined`. */

/** A request as it shall go out. Header names keep their case; a name may repeat. */
export interface OutboundRequest {
  method: string;
  url: URL;
  headers: [string, string][];
  body?: Uint8Array;
}

/** An answer as it came in, without Set-Cookie. `truncated`: the rest lay beyond the size cap and was not read. */
export interface InboundResponse {
  status: number;
  headers: [string, string][];
  body: Uint8Array;
  truncated: boolean;
}

/**
 * Why no answer came. `sent` says whether a byte of the request may have left: only when it is false is it
 * certain that the remote service did nothing (DESIGN decision 11). `message` is public and holds no secret.
 */
export interface DeliveryFault {
  kind: 'dns' | 'connect' | 'tls' | 'timeout' | 'reset' | 'too_large' | 'protocol' | 'interrupted';
  message: string;
  sent: boolean;
}

/**
 * One exchange. A 404 or a time-out is a value, not an exception. With both `response` and `fault` the answer began
 * and did not end, or was too large: `response` holds the part that came.
 */
export interface Delivery {
  id: string;
  /** As sent: signed, confusing headers dropped. Holds secrets; never logged. */
  request: OutboundRequest;
  /** The URL that was asked for; absent where it is the one that was sent (no redirect, nothing added to sign). */
  askedUrl?: URL;
  response?: InboundResponse;
  fault?: DeliveryFault;
  startedAt: number;
  tookMs: number;
  /** Origin that was dialled in place of the request's (COUNTERSIGN_CONNECT_TO). */
  connectedTo?: string;
}

/** What the door has to know beside the request. */
export interface DeliveryContext {
  /** Hosts the request may go to (exact, or `*.suffix`); 'open': COUNTERSIGN_OPEN_HOSTS decides. */
  allowedHosts: readonly string[] | 'open';
  /** Where the door names the service in a refusal: "Service 'Twitter' does not allow …". */
  serviceName?: string;
  accountId?: string;
  serviceId?: string;
  runId?: string;
  /**
   * 'token': an endpoint that answers with secrets; no redirect is followed and nothing of the answer is kept.
   * 'request': all else.
   */
  purpose: 'request' | 'token';
  /** Signs a copy of the request just before it leaves; called afresh for each try and each redirect. */
  authorize?: (request: OutboundRequest) => OutboundRequest;
  /** Values that must not appear in what is kept of request or answer, beside what the header rules mask. */
  secrets?: readonly string[];
  /**
   * Whether an answer says that timestamp or nonce was refused; the request is then sent once more, signed afresh.
   * Followed once a delivery; asked only for answers of the origin that was asked, over a checked connection.
   */
  retryRefused?: (answer: InboundResponse) => boolean;
  /** For the whole delivery, tries and redirects included; at most COUNTERSIGN_TOTAL_TIMEOUT_MS, its default. */
  timeoutMs?: number;
  maxAnswerBytes?: number;
  /** True accepts any certificate; only for hosts in COUNTERSIGN_ALLOW_PRIVATE and never with `authorize`. */
  ignoreCertificate?: boolean;
}

/** The one door out (DESIGN decision 5). Throws HubError for what is refused before sending. */
export type Deliver = (request: OutboundRequest, context: DeliveryContext) => Promise<Delivery>;
