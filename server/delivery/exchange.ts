/** One request, one answer, once: no second try, no redirect, a deadline and a size cap. */
import type { Dispatcher } from 'undici';
import { HubError } from '../errors.ts';
import { ConnectError } from './connector.ts';
import type { DeliveryFault, InboundResponse, OutboundRequest } from './delivery.ts';

export interface ExchangeLimits {
  /** Aborted when the time for the whole delivery is over. */
  deadline: AbortSignal;
  maxAnswerBytes: number;
}

/** With both, the fault struck while the answer was read, and `response` holds what had come. */
export interface Exchange {
  response?: InboundResponse;
  fault?: DeliveryFault;
}

/**
 * Sends and reads. Rejects with HubError when the address was refused; every other trouble is a fault. Uses
 * `dispatch`, the floor below `Pool.request`: it alone tells when the first byte may have left.
 */
export function exchange(
  dispatcher: Dispatcher,
  request: OutboundRequest,
  limits: ExchangeLimits,
): Promise<Exchange> {
  return new Promise((resolve, reject) => {
    const { host } = request.url;
    const chunks: Buffer[] = [];
    let size = 0;
    let head: Pick<InboundResponse, 'status' | 'headers'> | undefined;
    let controller: Dispatcher.DispatchController | undefined;
    let isOver = false;

    const end = (fault?: DeliveryFault) => {
      if (isOver) return;
      isOver = true;
      limits.deadline.removeEventListener('abort', onDeadline);
      const response = head && { ...head, body: Buffer.concat(chunks), truncated: fault !== undefined };
      resolve({ ...(response && { response }), ...(fault && { fault }) });
    };
    const stop = (fault: DeliveryFault) => {
      end(fault);
      controller?.abort(new Error(fault.message));
    };
    const onDeadline = () => {
      const sent = controller !== undefined;
      stop({ kind: 'timeout', message: `${host} did not answer in time.`, sent });
    };
    const fail = (error: Error) => {
      if (error instanceof HubError) {
        isOver = true;
        limits.deadline.removeEventListener('abort', onDeadline);
        reject(error);
      } else end(faultOf(error, host, controller !== undefined));
    };

    if (limits.deadline.aborted) return onDeadline();
    limits.deadline.addEventListener('abort', onDeadline);
    dispatcher.dispatch(
      {
        method: request.method,
        path: request.url.pathname + request.url.search,
        headers: request.headers.flat(),
        body: request.body ?? null,
      },
      {
        onRequestStart(started) {
          // Called before the first byte: what the deadline overtook in the queue is not sent.
          if (isOver) started.abort(new Error('Not sent'));
          else controller = started;
        },
        onResponseStart(_, status) {
          if (status >= 200) head = { status, headers: readHeaders(controller?.rawHeaders) };
        },
        onResponseData(_, chunk) {
          const room = limits.maxAnswerBytes - size;
          chunks.push(chunk.length > room ? chunk.subarray(0, room) : chunk);
          size += chunk.length;
          if (chunk.length > room) {
            const message = `The answer of ${host} is larger than ${limits.maxAnswerBytes} bytes.`;
            stop({ kind: 'too_large', message, sent: true });
          }
        },
        onResponseEnd: () => end(),
        onResponseError: (_, error) => fail(error),
      },
    );
  });
}

/** Names in lower case, in order, repeated ones kept; Set-Cookie is nobody's business here. */
function readHeaders(raw: Dispatcher.DispatchController['rawHeaders']): [string, string][] {
  const headers: [string, string][] = [];
  if (!Array.isArray(raw)) return headers;
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = latin1(raw[i]).toLowerCase();
    if (name !== 'set-cookie' && name !== 'set-cookie2') headers.push([name, latin1(raw[i + 1])]);
  }
  return headers;
}

function latin1(value: Buffer | string | undefined): string {
  return typeof value === 'string' ? value : (value?.toString('latin1') ?? '');
}

function faultOf(error: Error, host: string, sent: boolean): DeliveryFault {
  if (error instanceof ConnectError) return { kind: error.kind, message: error.message, sent: false };
  const code = 'code' in error ? String(error.code) : '';
  if (/^HPE_|HEADERS_OVERFLOW|CONTENT_LENGTH|RES_|INVALID_ARG/.test(code)) {
    return {
      kind: 'protocol',
      message: `The exchange with ${host} broke the rules of HTTP (${code}).`,
      sent,
    };
  }
  return { kind: 'reset', message: `The connection to ${host} broke off${code && ` (${code})`}.`, sent };
}
