/** Middleware that plays the faults which concern the transport; those of one endpoint are played where they belong. */
import type { Middleware } from 'koa';
import { arrivalFaults, hangUp } from './arrival-faults.ts';
import type { SandboxContext, SandboxState } from './exchange.ts';
import type { FaultName } from './fault-table.ts';
import type { World } from './world.ts';

/** Plays what is switched on for this request. */
export function applyFaults(world: World): Middleware<SandboxState> {
  return async (ctx, next) => {
    const { entry } = ctx.state.exchange;
    for (const [name, play] of Object.entries(arrivalFaults)) {
      // The keys of the table are fault names.
      const setting = world.faults.takeSetting(name as FaultName, entry);
      if (!setting) continue;
      const { value = true, status } = setting;
      if (await play({ world, ctx, value, status })) return;
    }
    await next();
    if (world.faults.take('truncated', entry)) truncate(ctx);
    if (world.faults.take('drop-answer', entry)) hangUp(ctx);
  };
}

/** Promises the whole body, sends half of it and hangs up. */
function truncate(ctx: SandboxContext): void {
  const body = Buffer.from(typeof ctx.body === 'string' ? ctx.body : '');
  ctx.set('Content-Length', String(Math.max(body.length, 1)));
  ctx.respond = false;
  ctx.res.writeHead(ctx.status);
  ctx.res.write(body.subarray(0, Math.floor(body.length / 2)), () => ctx.req.socket.end());
}
