/** A process of its own that asks each address of its arguments by the door's sockets, and says what came of it. */

import { parseConfig } from '../../server/config.ts';
import { exchange } from '../../server/delivery/exchange.ts';
import { createPools } from '../../server/delivery/pools.ts';

const config = parseConfig({ COUNTERSIGN_ALLOW_PRIVATE: 'localhost' });
const pools = createPools({ config, now: Date.now });
for (const address of process.argv.slice(2)) {
  const url = new URL(address);
  const request = { method: 'GET', url, headers: [['Authorization', 'secret']] satisfies [string, string][] };
  const limits = { deadline: AbortSignal.timeout(10_000), maxAnswerBytes: 1_000 };
  const { response, fault } = await exchange(pools.get(url, false), request, limits);
  console.log(response ? String(response.status) : `${fault?.kind} ${fault?.sent}`);
}
await pools.close();
