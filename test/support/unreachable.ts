/** A remote service that nobody reaches: certain that nothing was sent. */
import type { World } from './connections.ts';

/** From now on every request fails before it leaves; the answer makes the remote service reachable again. */
export function cutOff(world: World): () => void {
  const reached = world.deps.deliver;
  const unreachable: typeof reached = Object.assign(
    async (request: Parameters<typeof reached>[0]) => ({
      id: 'none',
      request,
      fault: { kind: 'connect' as const, message: 'the connection was refused', sent: false },
      startedAt: 0,
      tookMs: 0,
    }),
    { flush: () => reached.flush() },
  );
  world.deps.deliver = unreachable;
  return () => {
    world.deps.deliver = reached;
  };
}
