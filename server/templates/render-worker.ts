/** A thread that renders templates which may loop; the pool kills it when a render takes too long. */
import { randomInt } from 'node:crypto';
import { parentPort, workerData } from 'node:worker_threads';
import { createTemplateCache } from './template-cache.ts';
import { TemplateError } from './template-error.ts';
import type { TemplateValue } from './template-value.ts';

export interface RenderTask {
  template: string;
  values: Map<string, TemplateValue>;
  maxOutputLength: number;
}

export type RenderReply = { text: string } | { message: string; line: number | undefined };

const port = parentPort;
if (!port) throw new Error('This file runs as a worker thread only.');

const compile = createTemplateCache(200);
// The pool starts this file with exactly these data.
const { timeZone } = workerData as { timeZone: string };
const tools = { now: Date.now, randomInt: (below: number) => randomInt(below), timeZone };

port.on('message', ({ template, values, maxOutputLength }: RenderTask) => {
  let reply: RenderReply;
  try {
    const { compiled } = compile(template);
    reply = { text: compiled.render(values, tools, { steps: Number.POSITIVE_INFINITY, maxOutputLength }) };
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    reply = { message: error.message, line: error.line };
  }
  port.postMessage(reply);
});
port.postMessage('ready');
