import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { test } from 'node:test';
import Koa from 'koa';
import { createHttpServer } from '../../../server/http/server.ts';

async function start(app: Koa) {
  const { server, stop } = createHttpServer(app);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  const dial = async (): Promise<Socket> => {
    const socket = connect(address.port, '127.0.0.1');
    await once(socket, 'connect');
    return socket;
  };
  return { server, stop, dial };
}

test('slow callers are cut off: headers, requests and idle sockets have their time', () => {
  const { server } = createHttpServer(new Koa());
  assert.ok(server.headersTimeout > 0 && server.headersTimeout <= 30_000);
  assert.ok(server.requestTimeout > 0 && server.requestTimeout <= 300_000);
  assert.ok(server.keepAliveTimeout > 0 && server.keepAliveTimeout <= 120_000);
});

test('the end waits for no socket that asks nothing', async () => {
  const { stop, dial } = await start(new Koa());
  const silent = await dial();
  const half = await dial();
  half.write('GET / HTTP/1.1\r\nHost: x\r\n');
  const ends = [silent, half].map(
    (socket) => new Promise((resolve) => socket.on('error', () => {}).once('close', resolve)),
  );
  await stop();
  await Promise.all(ends);
});

test('what is being answered at the end gets its answer, and its socket goes', async () => {
  let answer = () => {};
  const asked = signal();
  const app = new Koa().use(async (ctx) => {
    const go = new Promise<void>((resolve) => {
      answer = resolve;
    });
    asked.resolve();
    await go;
    ctx.body = 'the answer';
  });
  const { stop, dial } = await start(app);
  const socket = await dial();
  let text = '';
  socket.on('data', (data) => {
    text += String(data);
  });
  socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  await asked.promise;
  const stopped = stop();
  answer();
  await stopped;
  assert.match(text, /the answer$/);
});

function signal() {
  let resolve = () => {};
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
