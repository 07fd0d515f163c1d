/** A webhook that shares nothing with the product or the sandbox: node:http and node:crypto alone. */
import { createHmac } from 'node:crypto';
import { createServer, type ServerResponse } from 'node:http';

/** A POST as it came. */
export interface Received {
  body: string;
  isSigned: boolean;
  // biome-ignore lint/suspicious/noExplicitAny: a test probes what it expects
  json: any;
}

export type Behaviour = 'right' | 'wrong' | 'error' | 'redirect' | 'silent' | 'not json';

/** Answers challenges and keeps what it was told. `challenge` and `post` say how it behaves. */
export async function startReceiver(secret: string) {
  const received: Received[] = [];
  const challenges: { isSigned: boolean }[] = [];
  const behaviour: { challenge: Behaviour; post: Behaviour } = { challenge: 'right', post: 'right' };
  const sign = (bytes: string | Buffer) =>
    `sha256=${createHmac('sha256', secret).update(bytes).digest('base64')}`;

  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const signature = request.headers['x-twitter-webhooks-signature'];
      if (request.method === 'GET') {
        const query = (request.url ?? '').split('?')[1] ?? '';
        challenges.push({ isSigned: signature === sign(query) });
        const token = new URLSearchParams(query).get('crc_token') ?? '';
        const answer = { response_token: sign(behaviour.challenge === 'wrong' ? `${token}x` : token) };
        return behave(behaviour.challenge, response, JSON.stringify(answer));
      }
      const body = Buffer.concat(chunks);
      received.push({
        body: body.toString('utf8'),
        isSigned: signature === sign(body),
        json: JSON.parse(body.toString('utf8')),
      });
      behave(behaviour.post, response, '');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = address && typeof address === 'object' ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}/hooks/x/stream`,
    received,
    challenges,
    behaviour,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function behave(behaviour: Behaviour, response: ServerResponse, body: string): void {
  if (behaviour === 'silent') return;
  if (behaviour === 'redirect') response.writeHead(302, { Location: '/elsewhere' }).end();
  else if (behaviour === 'error') response.writeHead(500).end();
  else if (behaviour === 'not json') response.writeHead(200).end('<p>Hello');
  else response.writeHead(200, { 'Content-Type': 'application/json' }).end(body);
}
