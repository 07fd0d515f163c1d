/** A remote service over loopback that verifies nothing and says what a test tells it to. */
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';

export interface RemoteAnswer {
  status?: number;
  headers?: Record<string, string>;
  body: string;
}

export interface SeenRequest {
  method: string;
  path: string;
  query: string;
  authorization: string;
  body: string;
}

export interface FakeRemote {
  origin: string;
  /** Every request that came, in order. */
  seen: SeenRequest[];
  /** Answers by path; 'drop' closes the socket after the request was read. Changed by tests as they go. */
  script: Map<string, (request: SeenRequest, times: number) => RemoteAnswer | 'drop'>;
  /** Requests to one path. */
  to(path: string): SeenRequest[];
  close(): Promise<void>;
}

/** Starts one that gives out request tokens rt-NAME-1, rt-NAME-2, … and, for each, an access token of @alice. */
export async function startFakeRemote(): Promise<FakeRemote> {
  const name = randomUUID();
  const seen: SeenRequest[] = [];
  const to = (path: string) => seen.filter((request) => request.path === path);
  const script: FakeRemote['script'] = new Map([
    ['/oauth/request_token', (_request, times) => form(requestToken(`${name}-${times}`))],
    ['/oauth/access_token', (_request, times) => form(accessToken(times, 'alice', '9007199254740993'))],
    ['/me', () => json('{"id":9007199254740993,"screen_name":"alice"}')],
  ]);
  const server = createServer((request, response) => {
    void read(request).then((got) => {
      seen.push(got);
      const answer = script.get(got.path)?.(got, to(got.path).length) ?? {
        status: 404,
        body: 'nothing here',
      };
      if (answer === 'drop') return void request.socket.destroy();
      response.writeHead(answer.status ?? 200, answer.headers ?? {});
      response.end(answer.body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the fake remote has no port');
  return {
    origin: `http://127.0.0.1:${address.port}`,
    seen,
    script,
    to,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export function form(fields: Record<string, string>): RemoteAnswer {
  const headers = { 'Content-Type': 'text/html;charset=utf-8', 'x-access-level': 'read-write' };
  return { headers, body: new URLSearchParams(fields).toString() };
}

export function json(body: string): RemoteAnswer {
  return { headers: { 'Content-Type': 'application/json', 'x-access-level': 'read-write' }, body };
}

export function requestToken(name: string): Record<string, string> {
  return {
    oauth_token: `rt-${name}`,
    oauth_token_secret: `canary-request-secret-${name}`,
    oauth_callback_confirmed: 'true',
  };
}

export function accessToken(times: number, name: string, id: string): Record<string, string> {
  return {
    oauth_token: `canary-access-token-${name}-${times}`,
    oauth_token_secret: `canary-access-secret-${name}-${times}`,
    user_id: id,
    screen_name: name,
  };
}

async function read(request: IncomingMessage): Promise<SeenRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const url = new URL(request.url ?? '/', 'http://remote');
  return {
    method: request.method ?? '',
    path: url.pathname,
    query: url.search,
    authorization: request.headers.authorization ?? '',
    body: Buffer.concat(chunks).toString('utf8'),
  };
}
