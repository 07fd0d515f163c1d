/** `npm run bench [-- NAME...]`: the benchmarks named, else all. Figures go to stdout, one table a benchmark. */
import { behaviors } from './behaviors.ts';
import { importing } from './import.ts';
import { signing } from './sign.ts';

/** A benchmark prints what it found, line by line. */
export interface Benchmark {
  title: string;
  run(print: (line: string) => void): void | Promise<void>;
}

const benchmarks: Readonly<Record<string, Benchmark>> = { sign: signing, import: importing, behaviors };

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !Object.hasOwn(benchmarks, name));
if (unknown.length > 0) {
  console.error(
    `No benchmark is called ${unknown.join(', ')}; there are: ${Object.keys(benchmarks).join(', ')}.`,
  );
  process.exit(2);
}
for (const [name, benchmark] of Object.entries(benchmarks)) {
  if (asked.length > 0 && !asked.includes(name)) continue;
  console.log(`${name}: ${benchmark.title}\n`);
  await benchmark.run((line) => console.log(line));
  console.log('');
}
