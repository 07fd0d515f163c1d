/** A few worker threads for templates that may run long; one that does not end in time is killed and replaced. */
import { Worker } from 'node:worker_threads';
import { HubError } from '../errors.ts';
import type { RenderReply, RenderTask } from './render-worker.ts';
import { TemplateError } from './template-error.ts';

export interface RenderPool {
  render(task: RenderTask, timeoutMs: number): Promise<string>;
  close(): Promise<void>;
}

interface Job {
  task: RenderTask;
  timeoutMs: number;
  resolve: (text: string) => void;
  reject: (error: Error) => void;
  timer?: NodeJS.Timeout;
}

const maxWaiting = 200;

/** Threads are started when first needed and never keep the process alive while they wait. */
export function createRenderPool(size: number, timeZone: string): RenderPool {
  const all = new Set<Worker>();
  const idle: Worker[] = [];
  const running = new Map<Worker, Job>();
  const waiting: Job[] = [];
  let isClosed = false;

  const next = (): void => {
    while (waiting.length > 0 && idle.length > 0) {
      const [worker, job] = [idle.pop(), waiting.shift()];
      if (worker && job) run(worker, job);
    }
    const starting = all.size - idle.length - running.size;
    if (waiting.length > starting && all.size < size) start();
  };

  const start = (): void => {
    const worker = createWorker(timeZone);
    all.add(worker);
    let isReady = false;
    const rest = (): void => {
      worker.unref();
      idle.push(worker);
      next();
    };
    const gone = (error?: Error): void => {
      if (!all.delete(worker)) return;
      if (idle.includes(worker)) idle.splice(idle.indexOf(worker), 1);
      // A thread that could not start takes one waiting job with it, so that no job waits for ever.
      const job = isReady ? running.get(worker) : waiting.shift();
      running.delete(worker);
      clearTimeout(job?.timer);
      job?.reject(lossOf(error));
      next();
    };
    worker.on('message', (message: 'ready' | RenderReply) => {
      isReady = true;
      if (message !== 'ready') settle(worker, message);
      if (all.has(worker)) rest();
    });
    worker.once('error', gone);
    worker.once('exit', () => gone());
  };

  const run = (worker: Worker, job: Job): void => {
    running.set(worker, job);
    worker.ref();
    job.timer = setTimeout(() => {
      running.delete(worker);
      all.delete(worker);
      job.reject(new TemplateError(`The template did not end within ${job.timeoutMs} ms.`));
      void worker.terminate();
      next();
    }, job.timeoutMs);
    worker.postMessage(job.task);
  };

  const settle = (worker: Worker, reply: RenderReply): void => {
    const job = running.get(worker);
    running.delete(worker);
    clearTimeout(job?.timer);
    if ('text' in reply) job?.resolve(reply.text);
    else job?.reject(new TemplateError(reply.message, reply.line));
  };

  return {
    render: (task, timeoutMs) =>
      new Promise((resolve, reject) => {
        if (isClosed) return reject(new TemplateError('The hub is stopping.'));
        if (waiting.length >= maxWaiting)
          return reject(new HubError('busy', 'Too many templates wait to be rendered.'));
        waiting.push({ task, timeoutMs, resolve, reject });
        next();
      }),
    async close() {
      isClosed = true;
      for (const job of waiting.splice(0)) job.reject(new TemplateError('The hub is stopping.'));
      await Promise.all([...all].map((worker) => worker.terminate()));
    },
  };
}

function createWorker(timeZone: string): Worker {
  const options = {
    env: {},
    workerData: { timeZone },
    resourceLimits: { maxOldGenerationSizeMb: 128, maxYoungGenerationSizeMb: 16 },
  };
  if (!import.meta.url.endsWith('.ts'))
    return new Worker(new URL('./render-worker.js', import.meta.url), options);
  // tsx does not reach into threads by itself on Node 20: a first module registers it there.
  const tsx = import.meta.resolve('tsx/esm/api');
  const file = new URL('./render-worker.ts', import.meta.url).href;
  const boot = `import { register } from '${tsx}'; register(); await import('${file}');`;
  return new Worker(new URL(`data:text/javascript,${encodeURIComponent(boot)}`), options);
}

function lossOf(error: Error | undefined): Error {
  const isMemory = error && 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY';
  if (isMemory) return new TemplateError('The template needs too much memory.');
  return error ?? new TemplateError('The template was stopped.');
}
