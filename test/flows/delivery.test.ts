import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { createServer as createTcpServer, type Socket } from 'node:net';
import { after, describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import type { Knex } from 'knex';
import { parseConfig } from '../../server/config.ts';
import { deliveryApi } from '../../server/delivery/api.ts';
import { createDeliver, type Deps } from '../../server/delivery/deliver.ts';
import type { DeliveryContext, OutboundRequest } from '../../server/delivery/delivery.ts';
import type { ExplainedValue } from '../../server/delivery/explain.ts';
import { deliveryPages } from '../../server/delivery/pages.ts';
import { pruneDeliveries } from '../../server/delivery/prune.ts';
import {
  eraseDeliveriesOf,
  findDelivery,
  insertIntents,
  listDeliveries,
  openRequest,
  settleInterrupted,
} from '../../server/delivery/store.ts';
import { HubError } from '../../server/errors.ts';
import type { Visit, WorkerActor } from '../../server/http/route.ts';
import { createIdMaker } from '../../server/id.ts';
import { createVault } from '../../server/vault.ts';
import { withDatabases } from '../support/databases.ts';

const vault = createVault([{ id: 'k1', secret: new Uint8Array(32).fill(7) }]);
const endings: (() => Promise<unknown>)[] = [];
after(async () => {
  for (const end of endings.reverse()) await end();
});

interface Seen {
  method: string | undefined;
  url: string | undefined;
  headers: IncomingMessage['headers'];
  body: string;
  fromPort: number | undefined;
}

/** A remote service on loopback that records what reaches it. */
async function remote(
  answer: RequestListener = (_, response) => void response.end('ok'),
  host = '127.0.0.1',
  port = 0,
) {
  const seen: Seen[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      const { method, url, headers } = request;
      const fromPort = request.socket.remotePort;
      seen.push({ method, url, headers, body: Buffer.concat(chunks).toString(), fromPort });
      answer(request, response);
    });
  });
  return { seen, port: await listen(server, host, port) };
}

async function listen(server: Server | ReturnType<typeof createTcpServer>, host = '127.0.0.1', port = 0) {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => sockets.add(socket));
  await new Promise<void>((resolve) => server.listen(port, host, resolve));
  endings.push(() => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => server.close(resolve));
  });
  const address = server.address();
  assert.ok(address !== null && typeof address === 'object');
  return address.port;
}

function door(
  db: Knex,
  env: Record<string, string> = { COUNTERSIGN_ALLOW_PRIVATE: '127.0.0.1' },
  more: Partial<Deps> = {},
) {
  const deliver = createDeliver({
    db,
    vault,
    config: parseConfig(env),
    now: Date.now,
    newId,
    log: { error: (_, message) => assert.fail(message) },
    ...more,
  });
  endings.push(() => deliver.close());
  return deliver;
}

const newId = createIdMaker();
const open: DeliveryContext = { allowedHosts: 'open', purpose: 'request' };
const request = (method: string, url: string, more: Partial<OutboundRequest> = {}): OutboundRequest => ({
  method,
  url: new URL(url),
  headers: [],
  ...more,
});
const refusedWith = (code: string) => (error: unknown) => error instanceof HubError && error.code === code;

withDatabases((database) => {
  describe(`the door on ${database.name}`, () => {
    test('what is signed is what is sent, and a row tells it', async () => {
      const db = await database.open();
      const { seen, port } = await remote((_, response) => {
        response.setHeader('Set-Cookie', 'a=1');
        response.setHeader('X-Seen', ['1', '2']);
        response.writeHead(404).end('{"no":1}');
      });
      const deliver = door(db);
      const delivery = await deliver(
        request('post', `http://127.0.0.1:${port}/1/x?q=a%20b#part`, {
          headers: [
            ['Content-Type', 'application/json'],
            ['Host', 'evil.example'],
            ['X-Forwarded-For', '1.2.3.4'],
            ['Authorization', 'caller'],
          ],
          body: Buffer.from('{"ü":1}'),
        }),
        {
          ...open,
          accountId: 'A1',
          authorize: (copy) => ({
            ...copy,
            headers: [...copy.headers, ['Authorization', 'Signed by-the-hub']],
          }),
        },
      );
      assert.equal(delivery.response?.status, 404);
      assert.deepEqual(
        delivery.response.headers.filter(([name]) => name === 'x-seen' || name === 'set-cookie'),
        [
          ['x-seen', '1'],
          ['x-seen', '2'],
        ],
      );
      assert.equal(seen.length, 1);
      const [{ method, url, headers, body } = assert.fail()] = seen;
      assert.deepEqual([method, url, body], ['POST', '/1/x?q=a%20b', '{"ü":1}']);
      assert.equal(headers.host, `127.0.0.1:${port}`);
      assert.equal(headers.authorization, 'Signed by-the-hub');
      assert.equal(headers['content-length'], '8');
      assert.equal(headers['x-forwarded-for'], undefined);
      assert.equal(headers['accept-encoding'], undefined);

      await deliver.flush();
      const row = await findDelivery(db, delivery.id);
      assert.equal(row?.state, 'answered');
      assert.equal(row.status, 404);
      assert.equal(row.answer?.body.text, '{"no":1}');
      const kept = openRequest(vault, delivery.id, row.sealedRequest ?? '');
      assert.deepEqual(kept.sent.headers, delivery.request.headers);
      assert.equal(Buffer.from(kept.sent.body ?? []).toString(), '{"ü":1}');
      assert.deepEqual(kept.shown.headers.at(-1), ['Authorization', '[masked, 17 characters]']);
    });

    test('planted secrets never stand in a row in the clear', async () => {
      const db = await database.open();
      const canary = 'canary-5f1c/+value';
      const { port } = await remote((incoming, response) => {
        response.setHeader('X-Echo', String(incoming.headers.authorization));
        response.end(
          JSON.stringify({
            echo: incoming.headers.authorization,
            b64: Buffer.from(`u:${canary}`).toString('base64'),
          }),
        );
      });
      const deliver = door(db);
      const context: DeliveryContext = {
        ...open,
        secrets: [canary],
        authorize: (copy) => ({
          ...copy,
          headers: [
            ...copy.headers,
            ['Authorization', `OAuth oauth_signature="sig-canary-77%3D", x="${canary}"`],
          ],
        }),
      };
      const target = `http://127.0.0.1:${port}/${encodeURIComponent(canary)}?oauth_token=token-canary-1&v=${encodeURIComponent(canary)}`;
      await deliver(
        request('POST', target, { body: Buffer.from(`s=${encodeURIComponent(canary)}`) }),
        context,
      );
      await deliver(request('POST', `http://127.0.0.1:${port}/token`), { ...context, purpose: 'token' });
      await deliver.flush();
      const dump = JSON.stringify(await db('deliveries').select());
      for (const trace of [
        'canary',
        Buffer.from('canary').toString('base64').slice(0, 7),
        '5f1c',
        'sig-canary-77',
      ]) {
        assert.ok(!dump.includes(trace), trace);
      }
      const [token] = await listDeliveries(db, { limit: 1 });
      assert.equal((await findDelivery(db, token?.id ?? ''))?.answer, null);
      const shown = JSON.stringify(
        (await db('deliveries').select()).map(
          ({ id, sealed_request }) => openRequest(vault, id, sealed_request).shown,
        ),
      );
      assert.ok(!shown.includes('canary'));
    });

    test('an intent is on the disk before the first byte, and without it nothing leaves', async () => {
      const db = await database.open();
      const states: unknown[] = [];
      const { seen, port } = await remote((_, response) => {
        db('deliveries')
          .pluck('state')
          .then((found) => {
            states.push(...found);
            response.end();
          });
      });
      await door(db)(request('POST', `http://127.0.0.1:${port}/`), open);
      assert.deepEqual(states, ['sending']);
      await db.schema.renameTable('deliveries', 'gone');
      await assert.rejects(
        door(db)(request('POST', `http://127.0.0.1:${port}/`), open),
        refusedWith('database_unavailable'),
      );
      await db.schema.renameTable('gone', 'deliveries');
      assert.equal(seen.length, 1);
    });

    test('many at once each get their row and their answer', async () => {
      const db = await database.open();
      const { port } = await remote((incoming, response) => void response.end(incoming.url));
      const deliver = door(db);
      const answers = await Promise.all(
        Array.from({ length: 250 }, (_, i) =>
          deliver(request('POST', `http://127.0.0.1:${port}/${i}`), open),
        ),
      );
      const bodies = answers.map(({ response }) => Buffer.from(response?.body ?? []).toString());
      assert.deepEqual(
        bodies,
        answers.map((_, i) => `/${i}`),
      );
      await deliver.flush();
      const [{ count } = assert.fail()] = await db('deliveries')
        .where({ state: 'answered' })
        .count({ count: '*' });
      assert.equal(Number(count), 250);
    });

    test('what a process left behind becomes unknown, what may be live does not', async () => {
      const db = await database.open();
      const intent = (id: string, startedAt: number) => ({
        id,
        accountId: undefined,
        serviceId: undefined,
        runId: undefined,
        purpose: 'request' as const,
        method: 'POST',
        url: 'https://a.example/',
        connectedTo: undefined,
        sealedRequest: 'x',
        startedAt,
      });
      const now = 1_800_000_000_000;
      await insertIntents(db, [intent('OLD', now - 91_000), intent('LIVE', now - 20_000)]);
      assert.equal(await settleInterrupted(db, now, 30_000), 1);
      const old = await findDelivery(db, 'OLD');
      assert.deepEqual([old?.state, old?.fault?.kind, old?.fault?.sent], ['unknown', 'interrupted', true]);
      assert.equal((await findDelivery(db, 'LIVE'))?.state, 'sending');
    });

    test('deliveries go after the days kept, and bodies with their account', async () => {
      const db = await database.open();
      const { port } = await remote();
      const deliver = door(db);
      const mine = await deliver(request('GET', `http://127.0.0.1:${port}/`), { ...open, accountId: 'A1' });
      const other = await deliver(request('GET', `http://127.0.0.1:${port}/`), { ...open, accountId: 'A2' });
      await deliver.flush();
      await eraseDeliveriesOf(db, 'A1');
      const erased = await findDelivery(db, mine.id);
      assert.deepEqual([erased?.sealedRequest, erased?.answer, erased?.status], [null, null, 200]);
      assert.ok((await findDelivery(db, other.id))?.sealedRequest);
      const prune = (now: number) =>
        pruneDeliveries({ db, config: { keepDeliveriesDays: 30 }, now: () => now });
      assert.equal(await prune(Date.now() + 29 * 86_400_000), 0);
      assert.equal(await prune(Date.now() + 31 * 86_400_000), 2);
    });

    test('a result that comes after its account was deleted is not written', async () => {
      const db = await database.open();
      const { port } = await remote((_, response) => {
        eraseDeliveriesOf(db, 'A1').then(() => response.end('late'));
      });
      const deliver = door(db);
      const { id } = await deliver(request('GET', `http://127.0.0.1:${port}/`), { ...open, accountId: 'A1' });
      await deliver.flush();
      const row = await findDelivery(db, id);
      assert.deepEqual([row?.state, row?.sealedRequest, row?.answer], ['unknown', null, null]);
    });

    test('lists come newest first, page by page', async () => {
      const db = await database.open();
      const { port } = await remote();
      const deliver = door(db);
      const ids: string[] = [];
      for (let i = 0; i < 5; i++) {
        ids.unshift(
          (await deliver(request('GET', `http://127.0.0.1:${port}/${i}`), { ...open, accountId: 'A1' })).id,
        );
      }
      await deliver.flush();
      const first = await listDeliveries(db, { accountIds: ['A1'], limit: 3 });
      const rest = await listDeliveries(db, { accountIds: ['A1'], limit: 3, after: first.at(-1)?.id ?? '' });
      assert.deepEqual(
        [...first, ...rest].map(({ id }) => id),
        ids,
      );
      assert.deepEqual(await listDeliveries(db, { accountIds: [], limit: 3 }), []);
    });
  });
});

withDatabases((database) => {
  if (database.name !== 'SQLite') return;

  describe('addresses', () => {
    test('a name that turns from a good address to loopback reaches nobody', async () => {
      const db = await database.open();
      const good = await remote(
        (_, response) => void response.setHeader('Connection', 'close').end('good'),
        '127.0.0.2',
      );
      const bad = await remote(undefined, '127.0.0.1', good.port);
      let asked = 0;
      const resolve = async () => [asked++ % 2 === 0 ? '127.0.0.2' : '127.0.0.1'];
      const deliver = door(db, { COUNTERSIGN_ALLOW_PRIVATE: `127.0.0.2:${good.port}` }, { resolve });
      const outcomes = { answered: 0, refused: 0 };
      for (let i = 0; i < 200; i++) {
        await deliver(request('POST', `http://rebind.example:${good.port}/`), {
          ...open,
          allowedHosts: [`rebind.example:${good.port}`],
        }).then(
          () => outcomes.answered++,
          (error) => {
            assert.ok(refusedWith('address_not_allowed')(error));
            outcomes.refused++;
          },
        );
      }
      assert.deepEqual(outcomes, { answered: 100, refused: 100 });
      assert.equal(asked, 200, 'each connection asks once');
      assert.equal(bad.seen.length, 0);
    });

    test('one bad address among good ones refuses all, and the row says so', async () => {
      const db = await database.open();
      const { seen, port } = await remote();
      const deliver = door(db, {}, { resolve: async () => ['8.8.8.8', '127.0.0.1'] });
      const url = `https://mixed.example:${port}/`;
      await assert.rejects(
        deliver(request('GET', url), { ...open, allowedHosts: [`mixed.example:${port}`] }),
        refusedWith('address_not_allowed'),
      );
      await deliver.flush();
      const [row] = await listDeliveries(db, { limit: 1 });
      assert.deepEqual([row?.state, row?.fault?.sent], ['refused', false]);
      assert.equal(seen.length, 0);
    });

    test('proxies named in the environment are not used', async () => {
      const proxy = await remote();
      const { seen, port } = await remote();
      process.env.HTTP_PROXY = process.env.http_proxy = `http://127.0.0.1:${proxy.port}`;
      try {
        await door(await database.open())(request('GET', `http://127.0.0.1:${port}/`), open);
      } finally {
        delete process.env.HTTP_PROXY;
        delete process.env.http_proxy;
      }
      assert.deepEqual([proxy.seen.length, seen.length], [0, 1]);
    });

    test('an unchecked certificate needs an excepted host and no account', async () => {
      const deliver = door(await database.open());
      const loose = { ...open, ignoreCertificate: true };
      await assert.rejects(
        deliver(request('GET', 'https://example.com/'), loose),
        refusedWith('request_refused'),
      );
      await assert.rejects(
        deliver(request('GET', 'https://127.0.0.1/'), { ...loose, authorize: (copy) => copy }),
        refusedWith('request_refused'),
      );
    });
  });

  describe('redirects', () => {
    test('to bad targets are the answer, and nobody else hears of them', async () => {
      const elsewhere = await remote();
      const locations = [
        `http://127.0.0.1:${elsewhere.port}/`,
        'http://169.254.169.254/latest',
        'http://localhost/',
        'file:///etc/passwd',
        '//evil.example/',
        'http://user@127.0.0.1/',
      ];
      const { port } = await remote((incoming, response) => {
        const [, status, index] = (incoming.url ?? '').split('/');
        response.writeHead(Number(status), { Location: locations[Number(index)] }).end();
      });
      const deliver = door(await database.open());
      for (const status of [301, 302, 303, 307, 308]) {
        for (const index of locations.keys()) {
          const { response } = await deliver(
            request('GET', `http://127.0.0.1:${port}/${status}/${index}`),
            open,
          );
          assert.equal(response?.status, status);
        }
      }
      assert.equal(elsewhere.seen.length, 0);
    });

    test('within the origin are followed three times, signed each time; a POST is not', async () => {
      const { seen, port } = await remote(
        (_, response) => void response.writeHead(307, { Location: '/again' }).end(),
      );
      const deliver = door(await database.open());
      let signed = 0;
      const context: DeliveryContext = {
        ...open,
        authorize: (copy) => ({ ...copy, headers: [['Authorization', `n${++signed} ${copy.url.pathname}`]] }),
      };
      const { response, askedUrl } = await deliver(request('GET', `http://127.0.0.1:${port}/first`), context);
      assert.equal(response?.status, 307);
      assert.equal(askedUrl?.pathname, '/first');
      assert.deepEqual(
        seen.map(({ headers }) => headers.authorization),
        ['n1 /first', 'n2 /again', 'n3 /again', 'n4 /again'],
      );
      await deliver(request('POST', `http://127.0.0.1:${port}/`), context);
      assert.equal(seen.length, 5);
    });

    test('to what cannot be signed are the answer, for the request was sent', async () => {
      const { seen, port } = await remote(
        (_, response) => void response.writeHead(302, { Location: '/next?oauth_token=theirs' }).end(),
      );
      const deliver = door(await database.open());
      const authorize = (copy: OutboundRequest) => {
        if (copy.url.search !== '') throw new HubError('request_refused', 'It cannot be signed.');
        return copy;
      };
      const { response } = await deliver(request('GET', `http://127.0.0.1:${port}/`), { ...open, authorize });
      assert.equal(response?.status, 302);
      assert.equal(seen.length, 1);
    });
  });

  describe('faults', () => {
    test('a POST on a kept socket that the other side drops is sent once and stays unknown', async () => {
      const db = await database.open();
      const posts: string[] = [];
      const port = await listen(
        createTcpServer((socket) => {
          let answered = false;
          socket.on('error', () => undefined);
          socket.on('data', (data) => {
            posts.push(data.toString('latin1').split(' ')[1] ?? '');
            if (answered) socket.destroy();
            else socket.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\nKeep-Alive: timeout=30\r\n\r\n');
            answered = true;
          });
        }),
      );
      const deliver = door(db);
      await deliver(request('POST', `http://127.0.0.1:${port}/one`), open);
      const { id, fault } = await deliver(request('POST', `http://127.0.0.1:${port}/two`), open);
      assert.deepEqual([fault?.kind, fault?.sent], ['reset', true]);
      assert.deepEqual(posts, ['/one', '/two']);
      await deliver.flush();
      assert.equal((await findDelivery(db, id))?.state, 'unknown');
    });

    test('a GET that breaks off is tried twice more, signed each time', async () => {
      let connections = 0;
      const port = await listen(
        createTcpServer((socket) => {
          connections++;
          socket.on('error', () => undefined);
          socket.on('data', () => socket.destroy());
        }),
      );
      let signed = 0;
      const { fault } = await door(await database.open())(request('GET', `http://127.0.0.1:${port}/`), {
        ...open,
        authorize: (copy) => {
          signed++;
          return copy;
        },
      });
      assert.deepEqual([fault?.kind, connections, signed], ['reset', 3, 3]);
    });

    test('where nobody listens nothing was sent, and a POST is tried once more', async () => {
      const db = await database.open();
      const { port } = await remote();
      await endings.pop()?.();
      let signed = 0;
      const deliver = door(db);
      const { id, fault } = await deliver(request('POST', `http://127.0.0.1:${port}/`), {
        ...open,
        authorize: (copy) => {
          signed++;
          return copy;
        },
      });
      assert.deepEqual([fault?.kind, fault?.sent, signed], ['connect', false, 2]);
      await deliver.flush();
      assert.equal((await findDelivery(db, id))?.state, 'failed');
    });

    test('a name that does not resolve is a fault, not an exception', async () => {
      const resolve = () => Promise.reject(new Error('ENOTFOUND'));
      const { fault } = await door(
        await database.open(),
        {},
        { resolve },
      )(request('GET', 'https://nowhere.example/'), open);
      assert.deepEqual([fault?.kind, fault?.sent], ['dns', false]);
    });

    test('plain text where TLS is expected is a fault of TLS', async () => {
      const { port } = await remote();
      const { fault } = await door(await database.open())(
        request('POST', `https://127.0.0.1:${port}/`),
        open,
      );
      assert.deepEqual([fault?.kind, fault?.sent], ['tls', false]);
    });

    test('an answer that drips is cut at the deadline', async () => {
      const { port } = await remote((_, response) => {
        response.writeHead(200);
        const drip = setInterval(() => response.write('.'), 20);
        response.on('close', () => clearInterval(drip));
      });
      const { fault, response } = await door(await database.open())(
        request('POST', `http://127.0.0.1:${port}/`),
        {
          ...open,
          timeoutMs: 300,
        },
      );
      assert.deepEqual([fault?.kind, fault?.sent, response?.truncated], ['timeout', true, true]);
    });

    test('a service that never answers is unknown after the deadline', async () => {
      const { port } = await remote(() => undefined);
      const { fault, response } = await door(await database.open())(
        request('POST', `http://127.0.0.1:${port}/`),
        {
          ...open,
          timeoutMs: 200,
        },
      );
      assert.deepEqual([fault?.kind, fault?.sent, response], ['timeout', true, undefined]);
    });

    test('a name server that never answers costs the deadline and sends nothing', async () => {
      const resolve = () => new Promise<string[]>(() => undefined);
      const env = { COUNTERSIGN_CONNECT_TIMEOUT_MS: '1500' };
      const { fault } = await door(await database.open(), env, { resolve })(
        request('POST', 'https://slow.example/'),
        {
          ...open,
          timeoutMs: 200,
        },
      );
      assert.deepEqual([fault?.kind, fault?.sent], ['timeout', false]);
    });

    test('an endless answer is read up to the cap', async () => {
      const { port } = await remote((_, response) => {
        const pour = () => {
          while (response.write(Buffer.alloc(65_536, 'x')));
        };
        response.on('drain', pour);
        pour();
      });
      const { fault, response } = await door(await database.open())(
        request('GET', `http://127.0.0.1:${port}/`),
        {
          ...open,
          maxAnswerBytes: 100_000,
        },
      );
      assert.equal(fault?.kind, 'too_large');
      assert.deepEqual([response?.body.length, response?.truncated], [100_000, true]);
    });

    test('a compressed answer is handed on as it came, so that no small one becomes a large one', async () => {
      const bomb = gzipSync(Buffer.alloc(50_000_000));
      const { port } = await remote(
        (_, response) => void response.writeHead(200, { 'Content-Encoding': 'gzip' }).end(bomb),
      );
      const { response } = await door(await database.open())(
        request('GET', `http://127.0.0.1:${port}/`, { headers: [['Accept-Encoding', 'gzip']] }),
        { ...open, maxAnswerBytes: 100_000 },
      );
      assert.deepEqual([response?.body.length, response?.truncated], [bomb.length, false]);
    });

    test('a header of 10 kB is read, one that never ends is a fault', async () => {
      const { port } = await remote((incoming, response) => {
        response.writeHead(200, { 'X-Long': 'x'.repeat(Number(incoming.url?.slice(1))) }).end();
      });
      const deliver = door(await database.open());
      const ask = (size: number) => deliver(request('GET', `http://127.0.0.1:${port}/${size}`), open);
      const { response } = await ask(10_000);
      assert.equal(response?.headers.find(([name]) => name === 'x-long')?.[1].length, 10_000);
      const { fault } = await ask(100_000);
      assert.deepEqual([fault?.kind, fault?.sent], ['protocol', true]);
    });

    test('half an answer with tokens is none', async () => {
      const { port } = await remote((_, response) => {
        response.writeHead(200, { 'Content-Length': 100 }).write('oauth_token=abc', () => response.destroy());
      });
      const { fault, response } = await door(await database.open())(
        request('POST', `http://127.0.0.1:${port}/`),
        {
          ...open,
          purpose: 'token',
        },
      );
      assert.deepEqual([fault?.kind, response], ['reset', undefined]);
    });

    test('a refused nonce leads to one more try, signed afresh', async () => {
      const { seen, port } = await remote((_, response) => void response.writeHead(401).end());
      await door(await database.open())(request('POST', `http://127.0.0.1:${port}/`), {
        ...open,
        retryRefused: ({ status }) => status === 401,
      });
      assert.equal(seen.length, 2);
    });
  });

  test('bodies are framed by length, whatever the method', async () => {
    const { seen, port } = await remote();
    const deliver = door(await database.open());
    for (const method of ['DELETE', 'PATCH', 'GET']) {
      await deliver(request(method, `http://127.0.0.1:${port}/`, { body: Buffer.from('abc') }), open);
    }
    await deliver(request('POST', `http://127.0.0.1:${port}/`), open);
    await deliver(request('HEAD', `http://127.0.0.1:${port}/`), open);
    assert.deepEqual(
      seen.map(({ method, headers, body }) => [
        method,
        headers['content-length'],
        headers['transfer-encoding'],
        body,
      ]),
      [
        ['DELETE', '3', undefined, 'abc'],
        ['PATCH', '3', undefined, 'abc'],
        ['GET', '3', undefined, 'abc'],
        ['POST', '0', undefined, ''],
        ['HEAD', undefined, undefined, ''],
      ],
    );
  });

  test('connect-to dials the second origin and speaks of the first', async () => {
    const db = await database.open();
    const { seen, port } = await remote();
    const deliver = door(db, {
      COUNTERSIGN_CONNECT_TO: `https://api.remote.example=http://127.0.0.1:${port}`,
    });
    const delivery = await deliver(request('POST', 'https://api.remote.example/1/x?a=1'), {
      ...open,
      allowedHosts: ['api.remote.example'],
      authorize: (copy) => ({ ...copy, headers: [['Authorization', `over ${copy.url.href}`]] }),
    });
    assert.equal(delivery.connectedTo, `http://127.0.0.1:${port}`);
    const [{ url, headers } = assert.fail()] = seen;
    assert.deepEqual(
      [url, headers.host, headers.authorization],
      ['/1/x?a=1', 'api.remote.example', 'over https://api.remote.example/1/x?a=1'],
    );
    await assert.rejects(
      deliver(request('GET', `http://127.0.0.1:${port}/`), { ...open, allowedHosts: [`127.0.0.1:${port}`] }),
      refusedWith('address_not_allowed'),
    );
    await deliver.flush();
    assert.equal((await listDeliveries(db, { limit: 1 }))[0]?.connectedTo, `http://127.0.0.1:${port}`);
  });

  test('a connection is used again for its own host alone, wherever it leads', async () => {
    const { seen, port } = await remote();
    const hosts = ['one.remote.example', 'two.remote.example'];
    const pairs = hosts.map((host) => `https://${host}=http://127.0.0.1:${port}`);
    const ports: (number | undefined)[] = [];
    const deliver = door(await database.open(), { COUNTERSIGN_CONNECT_TO: pairs.join(',') });
    for (const host of [...hosts, ...hosts]) {
      await deliver(request('GET', `https://${host}/`), { ...open, allowedHosts: hosts });
      ports.push(seen.at(-1)?.fromPort);
    }
    assert.notEqual(ports[0], ports[1]);
    assert.deepEqual(ports.slice(2), ports.slice(0, 2));
  });

  test('closing waits for what is under way and lets nothing more out', async () => {
    const db = await database.open();
    const { port } = await remote((_, response) => void setTimeout(() => response.end('late'), 50));
    const deliver = door(db);
    const delivery = deliver(request('GET', `http://127.0.0.1:${port}/`), open);
    await deliver.close();
    const { id } = await delivery;
    assert.equal((await findDelivery(db, id))?.state, 'answered');
    await assert.rejects(deliver(request('GET', `http://127.0.0.1:${port}/`), open), refusedWith('busy'));
  });

  describe('what people and programs see', () => {
    const worker: WorkerActor = { kind: 'worker', id: 'W1', name: 'Kim', isAdmin: false, groupIds: [] };
    const admin: WorkerActor = { ...worker, id: 'W2', isAdmin: true };
    const visit = (who: WorkerActor, params: Record<string, string>, query = ''): Visit => ({
      params,
      query: new URLSearchParams(query),
      form: new FormData(),
      worker: who,
      browserHash: '',
      sessionHash: undefined,
      ip: '127.0.0.1',
      signal: new AbortController().signal,
    });

    async function scene() {
      const db = await database.open();
      const { port } = await remote((_, response) => void response.end('<script>alert(1)</script>'));
      const deliver = door(db);
      const send = (accountId?: string) =>
        deliver(request('GET', `http://127.0.0.1:${port}/`), {
          ...open,
          ...(accountId !== undefined && { accountId }),
          authorize: (copy) => ({
            ...copy,
            headers: [['Authorization', 'OAuth oauth_token="token-value-1", oauth_signature="c2ln"']],
          }),
        });
      const deps = {
        ...{ db, vault, deliver },
        mayUseAccount: async (_: unknown, id: string) => id === 'MINE',
        listAccounts: async () => [{ id: 'MINE', name: 'My account' }],
        findAccountId: async (ref: string) => (ref === 'my-uri' ? 'MINE' : undefined),
        explainProblem: async () => ({ cause: 'other', message: 'It was refused.', nextStep: 'Ask them.' }),
        explainSignature: async (sent: OutboundRequest): Promise<ExplainedValue[]> => [
          { label: 'Base string', value: `GET&oauth_token%3Dtoken-value-1&${sent.url.pathname}` },
        ],
      };
      const [mine, theirs, nobodys] = [await send('MINE'), await send('THEIRS'), await send()];
      const page = (path: string) =>
        deliveryPages(deps).find((route) => route.path === path) ?? assert.fail();
      const api = (path: string) => deliveryApi(deps).find((route) => route.path === path) ?? assert.fail();
      const sendLarge = (type: string) => {
        const body = new Uint8Array(70_000).fill(97);
        return deliver(
          { ...request('POST', `http://127.0.0.1:${port}/`), headers: [['Content-Type', type]], body },
          { ...open, accountId: 'MINE', authorize: (copy) => copy },
        );
      };
      return { page, api, mine, theirs, nobodys, sendLarge };
    }
    const modelOf = (answer: unknown): Record<string, unknown> => {
      assert.ok(typeof answer === 'object' && answer !== null && 'model' in answer);
      return Object(answer.model);
    };

    test('of a form that was kept in part no base string is told, rather than a wrong one', async () => {
      const { page, sendLarge } = await scene();
      const told = async (type: string) => {
        const { id } = await sendLarge(type);
        return JSON.stringify(modelOf(await page('/activity/:id').handle(visit(admin, { id }))).signature);
      };
      const form = await told('application/x-www-form-urlencoded;charset=UTF-8');
      assert.match(form, /only the first 64 KiB/);
      assert.doesNotMatch(form, /GET&oauth_token/);
      const json = await told('application/json');
      assert.match(json, /GET&oauth_token/);
      assert.doesNotMatch(json, /only the first 64 KiB/);
    });

    test('a worker sees the activity of accounts they may use, an admin all', async () => {
      const { page, mine, theirs, nobodys } = await scene();
      const listed = async (who: WorkerActor, query = '') => {
        const { deliveries } = modelOf(await page('/activity').handle(visit(who, {}, query)));
        assert.ok(Array.isArray(deliveries));
        return deliveries.map(({ id }) => id);
      };
      assert.deepEqual(await listed(worker), [mine.id]);
      assert.deepEqual(await listed(admin), [nobodys.id, theirs.id, mine.id]);
      assert.deepEqual(await listed(admin, 'account=THEIRS'), [theirs.id]);
      await assert.rejects(async () => listed(worker, 'account=THEIRS'), refusedWith('not_found'));
      for (const { id } of [theirs, nobodys]) {
        await assert.rejects(
          async () => page('/activity/:id').handle(visit(worker, { id })),
          refusedWith('not_found'),
        );
        await page('/activity/:id').handle(visit(admin, { id }));
      }
    });

    test('the detail masks tokens, in the explanation of the signature too', async () => {
      const { page, mine } = await scene();
      const model = modelOf(await page('/activity/:id').handle(visit(worker, { id: mine.id })));
      assert.ok(!JSON.stringify(model).includes('token-value-1'));
      assert.match(String(model.request), /^GET http:.*\nAuthorization: \[masked, \d+ characters\]\n/);
      assert.match(String(model.answer), /^HTTP 200\n(.+\n)+\n<script>/);
    });

    test('the API lists and tells, with every field there', async () => {
      const { api, mine, nobodys } = await scene();
      const call = (params: Record<string, string>, query = '') => ({
        params,
        query: new URLSearchParams(query),
        body: undefined,
        actor: admin,
        signal: new AbortController().signal,
      });
      const { body: list } = await api('/deliveries').handle(call({}, 'limit=1'));
      assert.ok(typeof list === 'object' && list !== null && 'items' in list && Array.isArray(list.items));
      assert.deepEqual(Object.keys(list.items[0]), [
        'id',
        'account_id',
        'method',
        'url',
        'status',
        'fault',
        'started_at',
        'took_ms',
        'run_id',
        'connected_to',
      ]);
      assert.equal(list.items[0].id, nobodys.id);
      assert.match(list.items[0].started_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
      const { body: one } = await api('/deliveries/:id').handle(call({ id: mine.id }));
      const text = JSON.stringify(one);
      assert.ok(text.includes('Base string') && !text.includes('token-value-1'));
      await assert.rejects(api('/deliveries/:id').handle(call({ id: 'NONE' })), refusedWith('not_found'));
      await assert.rejects(api('/deliveries').handle(call({}, 'limit=0')), refusedWith('bad_request'));
    });
  });
});
