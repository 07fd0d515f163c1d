/** package convert: another product's description as a package, on stdout. */
import { HubError } from '../errors.ts';
import { convertToPackage } from '../packages/convert.ts';
import { importers } from '../packages/importers/index.ts';
import { type Command, type CommandCall, tell } from './command.ts';

export const convertCommand: Command = {
  name: 'package convert',
  usage: 'FILE [--format FORMAT] [--name NAME]',
  help: `Tell another product's description (${importers.map(({ id }) => id).join(', ')}) as a package; reads neither settings nor database`,
  options: { format: { type: 'string' }, name: { type: 'string' } },
  args: [1, 1],
  run: convertFile,
};

async function convertFile(call: CommandCall): Promise<number> {
  const [file = ''] = call.args;
  const text = await call.io.readFile(file).catch((cause) => {
    throw new HubError('bad_request', `The file ${file} cannot be read.`, { cause });
  });
  const [format, name] = [call.text('format'), call.text('name')];
  const asked = { text, ...(format !== undefined && { format }), ...(name !== undefined && { name }) };
  const { package: made, notes } = convertToPackage(asked);
  for (const { path, message } of notes) call.io.err(`note: ${path || '/'}: ${message}`);
  tell(call, made);
  return 0;
}
