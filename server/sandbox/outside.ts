/** Calls webhooks: a small client of the sandbox's own. It follows no redirect and reaches this machine alone. */
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { isLoopbackName } from './webhook-url.ts';

/** What may be called. `connectTo`: where an origin really is, for names that do not lead to this machine. */
export interface OutsideRules {
  connectTo: ReadonlyMap<string, string>;
  /** Also what is not on this machine. */
  isOpen: boolean;
}

export interface OutsideCall {
  method: 'GET' | 'POST';
  url: string;
  headers: Readonly<Record<string, string>>;
  body?: string;
}

export type OutsideResult =
  | { kind: 'answer'; status: number; headers: IncomingHttpHeaders; body: Buffer }
  | { kind: 'timeout' }
  | { kind: 'unreachable'; reason: string };

/** How long a webhook may take for its whole answer. */
export const answerLimitMs = 3000;

const maxAnswerBytes = 65_536;

/** Sends one request. Never throws: whatever goes wrong is a result. */
export function callOutside(rules: OutsideRules, call: OutsideCall): Promise<OutsideResult> {
  const url = new URL(call.url);
  const target = new URL(rules.connectTo.get(url.origin) ?? url.origin);
  if (!rules.isOpen && !isLoopbackName(target.hostname))
    return Promise.resolve({ kind: 'unreachable', reason: 'not on this machine' });
  const send = target.protocol === 'https:' ? httpsRequest : httpRequest;
  return new Promise((resolve) => {
    const headers = { 'User-Agent': 'Sandbox', ...call.headers, Host: url.host, Connection: 'close' };
    const request = send({
      hostname: target.hostname.replace(/^\[|\]$/g, ''),
      port: target.port,
      method: call.method,
      path: url.pathname + url.search,
      headers,
      agent: false,
    });
    const finish = (result: OutsideResult) => {
      clearTimeout(timer);
      request.destroy();
      resolve(result);
    };
    const timer = setTimeout(() => finish({ kind: 'timeout' }), answerLimitMs);
    request.on('error', (error) => finish({ kind: 'unreachable', reason: error.message }));
    request.on('response', (response) => {
      const chunks: Buffer[] = [];
      let size = 0;
      response.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size > maxAnswerBytes) finish({ kind: 'unreachable', reason: 'answer too large' });
        chunks.push(chunk);
      });
      response.on('error', (error) => finish({ kind: 'unreachable', reason: error.message }));
      response.on('end', () => {
        const { statusCode: status = 0, headers } = response;
        finish({ kind: 'answer', status, headers, body: Buffer.concat(chunks) });
      });
    });
    request.end(call.body);
  });
}
