/** The socket side of HTTP: how long a caller may take, and an end that waits for answers but not for silence. */
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type Koa from 'koa';

/** Headers within 15 s, a whole request within two minutes (12 MiB over a slow line), idle sockets for one. */
const limits = {
  headersTimeout: 15_000,
  requestTimeout: 120_000,
  keepAliveTimeout: 65_000,
  connectionsCheckingInterval: 5_000,
  maxHeaderSize: 32 * 1024,
};

export interface HttpServer {
  /** Does not listen yet. */
  server: Server;
  /**
   * Takes no more connections, lets what is being answered end, and closes every socket that asks nothing, or is told
   * events: these have no end of their own.
   */
  stop(): Promise<void>;
}

export function createHttpServer(app: Koa): HttpServer {
  const server = createServer(limits, app.callback());
  // Node closes idle sockets only after their first request; a browser's spare one would hold the end up.
  const sockets = new Set<Socket>();
  const busy = new Map<Socket, ServerResponse>();
  let isStopping = false;
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.on('request', ({ socket }, response) => {
    busy.set(socket, response);
    response.once('close', () => {
      busy.delete(socket);
      if (isStopping) socket.end();
    });
  });
  return {
    server,
    stop() {
      isStopping = true;
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets) if (!isAwaited(busy.get(socket))) socket.destroy();
      return closed;
    },
  };
}

function isAwaited(response: ServerResponse | undefined): boolean {
  return (
    response !== undefined && !String(response.getHeader('Content-Type')).startsWith('text/event-stream')
  );
}
