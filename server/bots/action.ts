/** The contract of an action: one thing an action node does. Pure types; each action is a file in actions/. */
import type { CerbResponse } from '../delivery/cerb-response.ts';
import type { Remark } from '../packages/record-type.ts';
import type { ChannelOutcome, Said } from './channels.ts';
import { type JsonObject, textOf } from './json-value.ts';

/** Live does what it says; simulate does only what is harmless or marked to run in the simulator. */
export type RunMode = 'live' | 'simulate';

/** One parameter of an action: its form field, and whether its text is a template. */
export interface ActionField {
  /** Key in the action's params; a dot leads into an object (`options.raw_response_body`). */
  key: string;
  label: string;
  /** 'template' is rendered at run time; 'account' holds an account's id; 'placeholder' a name; 'flag' "1" or "". */
  kind: 'template' | 'select' | 'account' | 'placeholder' | 'flag';
  options?: readonly { value: string; label: string }[];
  /** Lines of the text box; one line without. */
  rows?: number;
  help?: string;
  /** The way of authenticating that it belongs to; it is shown while that one is chosen. */
  when?: string;
}

/** A request before anything is signed. */
export interface PlainRequest {
  method: string;
  url: string;
  headers: [string, string][];
  /** Empty text: none. */
  body: string;
  /** No conversion of the answer's body by its type. */
  raw: boolean;
  ignoreCertificate: boolean;
}

/** What an action may do in its run. Every method may throw HubError, which ends the run at this node. */
export interface ActionTools {
  readonly mode: RunMode;
  /** Renders a template with the placeholders as they are now. */
  render(template: string): Promise<string>;
  /** Sets a placeholder, a JSON value. */
  set(name: string, value: unknown): void;
  /** Adds to what the transcript tells of this action. */
  say(text: string): void;
  /** The account by id or uri, after checking that the bot (and who simulates) may use it. */
  account(idOrUri: string): Promise<{ id: string; name: string }>;
  /** Sends, signed with an account if its id is given. */
  send(request: PlainRequest, accountId?: string): Promise<CerbResponse>;
  /** What is said on channels. Never asked in a simulation. */
  channels: {
    reply(said: Said): Promise<ChannelOutcome>;
    directMessage(said: Said & { account: string; to: string }): Promise<ChannelOutcome>;
    post(said: { account: string; text: string; inReplyTo: string | null }): Promise<ChannelOutcome>;
  };
}

export interface ActionType {
  /** As in packages: `core.va.action.http_request`. */
  id: string;
  title: string;
  /** The only event it can run on; undefined: any. */
  event?: string;
  fields: readonly ActionField[];
  /** What of these params cannot run, by path below the action, known without running. */
  remarks(params: JsonObject): Remark[];
  /** Resolves 'skipped' when the action had nothing to do in this mode. */
  run(params: JsonObject, tools: ActionTools): Promise<'done' | 'skipped'>;
}

/** Name of a placeholder that an action may set; undefined for one that is not. */
export function placeholderName(value: unknown): string | undefined {
  const name = textOf(value)?.trim() ?? '';
  return /^[A-Za-z_][A-Za-z0-9_]{0,99}$/.test(name) && name !== '__proto__' ? name : undefined;
}
