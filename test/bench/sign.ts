/** What signing costs: our signer beside a bare HMAC and beside the npm package used as its manual shows. */
import { race, ratio } from './rounds.ts';
import type { Benchmark } from './run.ts';
import { contendersOf, requests } from './sign-contenders.ts';

const effort = { rounds: 21, operations: 1500 };
/** How many times the naive package's time our signer may take, and what it aims at. */
const ceiling = 1.5;
const goal = 1.2;

export const signing: Benchmark = {
  title: 'signing one request with HMAC-SHA1, fresh nonce and header included',
  run(print) {
    print(
      `${effort.rounds} rounds of ${effort.operations} operations each, in turn; microseconds: median (quartiles)`,
    );
    for (const request of requests) {
      const { bare, naive, ours, product } = contendersOf(request);
      const [b, n, o, p] = race([bare, naive, ours, product], effort);
      if (!b || !n || !o || !p) continue;
      print(`\n${request.title}`);
      for (const { name, median, spread } of [b, n, o, p]) {
        print(`  ${name.padEnd(8)} ${us(median)}  (${us(spread[0])} to ${us(spread[1])})`);
      }
      const toNaive = ratio(o, n);
      print(
        `  ours is ${toNaive.toFixed(2)}x naive (${verdict(toNaive)}), ${ratio(o, b).toFixed(2)}x bare; product ${ratio(p, n).toFixed(2)}x naive`,
      );
    }
  },
};

function verdict(times: number): string {
  if (times <= goal) return `goal ${goal}x held`;
  return times <= ceiling ? `ceiling ${ceiling}x held` : `beyond the ceiling of ${ceiling}x`;
}

function us(time: number): string {
  return time.toFixed(1).padStart(6);
}
