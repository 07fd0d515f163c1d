/** request: sends a request signed with an account, body on stdout byte for byte. */
import { toCerbResponse } from '../delivery/cerb-response.ts';
import type { Delivery } from '../delivery/delivery.ts';
import { writeJson } from '../json.ts';
import { commandLine } from '../people/actor.ts';
import { type Command, type CommandCall, UsageError } from './command.ts';

export const requestCommand: Command = {
  name: 'request',
  usage: "ACCOUNT METHOD URL [-H 'Name: value']... [-d BODY] [--explain] [--fail]",
  help: 'Send a signed request; the body on stdout, status and headers on stderr; --fail: 1 from status 400 on',
  options: {
    header: { type: 'string', multiple: true, short: 'H' },
    data: { type: 'string', short: 'd' },
    explain: { type: 'boolean' },
    fail: { type: 'boolean' },
  },
  args: [3, 3],
  run: sendRequest,
};

async function sendRequest(call: CommandCall): Promise<number> {
  const [account = '', method = '', url = ''] = call.args;
  const headers = call.texts('header').map(parseHeader);
  const body = call.text('data');
  const hub = await call.hub();
  const delivery = await hub.request({ account, method, url, headers, ...(body !== undefined && { body }) });
  if (call.flag('explain')) call.io.err(await explain(call, delivery));
  if (call.json) call.io.out(writeJson(toCerbResponse(delivery, { raw: true })));
  else tellAnswer(call, delivery);
  if (delivery.fault) {
    call.io.err(delivery.fault.message);
    return 1;
  }
  return call.flag('fail') && (delivery.response?.status ?? 0) >= 400 ? 1 : 0;
}

function tellAnswer({ io }: CommandCall, { response }: Delivery): void {
  if (!response) return;
  io.err(`HTTP ${response.status}`);
  for (const [name, value] of response.headers) {
    if (name.toLowerCase() !== 'set-cookie') io.err(`${name}: ${value}`);
  }
  io.outBytes(response.body);
}

/** How the request was signed, with what is secret masked. */
async function explain(call: CommandCall, { id }: Delivery): Promise<string> {
  const hub = await call.hub();
  const { body } = await hub.call(commandLine, 'GET', `/deliveries/${id}`);
  // The shape is the Contract's delivery.
  return writeJson((body as { signature: unknown }).signature, 2);
}

function parseHeader(line: string): [string, string] {
  const at = line.indexOf(':');
  if (at < 1) throw new UsageError(`-H takes 'Name: value', not "${line}"`);
  return [line.slice(0, at).trim(), line.slice(at + 1).trim()];
}
