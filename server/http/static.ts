/** Serves views/static/: read once at start, answered from memory. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import type { Middleware } from 'koa';

const types: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
};

/** Answers GET and HEAD of /static/NAME for the files of one flat folder; all else goes on. */
export function serveStatic(folder: string): Middleware {
  const files = new Map<string, { bytes: Buffer; type: string; tag: string }>(
    readdirSync(folder).flatMap((name) => {
      const type = types[extname(name)];
      if (type === undefined) return [];
      const bytes = readFileSync(join(folder, name));
      const tag = `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 20)}"`;
      return [[`/static/${name}`, { bytes, type, tag }] as const];
    }),
  );
  return async (ctx, next) => {
    const file = ctx.method === 'GET' || ctx.method === 'HEAD' ? files.get(ctx.path) : undefined;
    if (!file) return next();
    ctx.set('Cache-Control', 'no-cache');
    ctx.set('ETag', file.tag);
    ctx.type = file.type;
    if (ctx.get('If-None-Match') === file.tag) ctx.status = 304;
    else ctx.body = file.bytes;
  };
}
