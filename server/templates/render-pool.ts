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
}

const maxWaiting = 200;

/** Threads are started when first needed and never keep the process alive while they wait. */
export function createRenderPool(size: number, timeZone: string): RenderPool {
  const waiting: Job[] = [];
  const idle: Worker[] = [];
  const running = new Map<Worker, Job>();
  let starting = 0;
  let isClosed = false;

  const next = (): void => {
    while (waiting.length > 0 && idle.length > 0) {
      const [worker, job] = [idle.pop(), waiting.shift()];
      if (worker && job) run(worker, job);
    }
    if (waiting.length > starting && running.size + idle.length + starting < size) start();
  };

  const start = (): void => {
    starting++;
    const worker = createWorker(timeZone);
    let isReady = false;
    worker.once('message', () => {
      isReady = true;
      starting--;
      idle.push(worker);
      worker.unref();
      next();
    });
    const gone = (error?: Error): void => {
      if (!isReady) starting--;
      isReady = true;
      const place = idle.indexOf(worker);
      if (place >= 0) idle.splice(place, 1);
      const job =
        running.get(worker) ??
        (starting + running.size + idle.length === 0 && error ? waiting.shift() : undefined);
      running.delete(worker);
      job?.reject(lossOf(error));
      if (!isClosed) next();
    };
    worker.once('error', gone);
    worker.once('exit', () =>
      running.has(worker) || !isReady || idle.includes(worker) ? gone() : undefined,
    );
  };

  const run = (worker: Worker, job: Job): void => {
    running.set(worker, job);
    worker.ref();
    const timer = setTimeout(() => {
      running.delete(worker);
      job.reject(new TemplateError(`The template did not end within ${job.timeoutMs} ms.`));
      void worker.terminate().then(next);
    }, job.timeoutMs);
    const done = (): void => clearTimeout(timer);
    worker.once('exit', done);
    worker.once('message', (reply: RenderReply) => {
      done();
      worker.off('exit', done);
      if (!running.delete(worker)) return;
      worker.unref();
      idle.push(worker);
      if ('text' in reply) job.resolve(reply.text);
      else job.reject(new TemplateError(reply.message, reply.line));
      next();
    });
    worker.postMessage(job.task);
  };

  return {
    render: (task, timeoutMs) =>
      new Promise((resolve, reject) => {
        if (isClosed) reject(new TemplateError('The hub is stopping.'));
        else if (waiting.length >= maxWaiting)
          reject(new HubError('busy', 'Too many templates wait to be rendered.'));
        else {
          waiting.push({ task, timeoutMs, resolve, reject });
          next();
        }
      }),
    close: async () => {
      isClosed = true;
      const workers = [...idle, ...running.keys()];
      for (const job of waiting.splice(0)) job.reject(new TemplateError('The hub is stopping.'));
      await Promise.all(workers.map((worker) => worker.terminate()));
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
