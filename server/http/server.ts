/** The socket side of HTTP: how long a caller may take, so that slow senders cannot hold the hub's sockets. */
import { createServer, type Server } from 'node:http';
import type Koa from 'koa';

/** Headers within 15 s, a whole request within two minutes (12 MiB over a slow line), idle sockets for one. */
const limits = {
  headersTimeout: 15_000,
  requestTimeout: 120_000,
  keepAliveTimeout: 65_000,
  connectionsCheckingInterval: 5_000,
  maxHeaderSize: 32 * 1024,
};

/** A server that does not listen yet. */
export function createHttpServer(app: Koa): Server {
  return createServer(limits, app.callback());
}
