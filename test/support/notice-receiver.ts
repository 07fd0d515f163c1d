/** A receiver of notices that shares nothing with the product: it checks signatures by code of its own. */
import { createHmac } from 'node:crypto';
import { createServer, type ServerResponse } from 'node:http';

export interface ReceivedNotice {
  id: string;
  timestamp: number;
  isSigned: boolean;
  type: string;
  data: Record<string, unknown>;
}

/** `answer` says how it behaves; changed by tests as they go. */
export async function startNoticeReceiver() {
  const received: ReceivedNotice[] = [];
  const control = {
    secret: '',
    answer: (response: ServerResponse): void => void response.writeHead(204).end(),
  };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString('utf8');
      const id = String(request.headers['webhook-id']);
      const timestamp = Number(request.headers['webhook-timestamp']);
      const key = Buffer.from(control.secret.replace('whsec_', ''), 'base64');
      const mac = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64');
      const { type, data } = JSON.parse(body);
      const isSigned = request.headers['webhook-signature'] === `v1,${mac}`;
      received.push({ id, timestamp, isSigned, type, data });
      control.answer(response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = address && typeof address === 'object' ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}/told`,
    host: `127.0.0.1:${port}`,
    received,
    control,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
