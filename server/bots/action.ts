/** The contract of an action: one thing an action node does. Pure types; each action is a file in actions/. */
import type { CerbResponse, RawBody } from '../delivery/cerb-response.ts';
import type { MailRequest } from '../delivery/mail-message.ts';
import type { SentMail } from '../delivery/send-mail.ts';
import type { Remark } from '../packages/record-type.ts';
import type { ChannelOutcome, Said } from './channels.ts';
import { type JsonObject, textOf } from './json-value.ts';
import type { Prompt } from './run-state.ts';
import type { RunLater } from './schedules.ts';

/** Live does what it says; simulate does only what is harmless or marked to run in the simulator. */
export type RunMode = 'live' | 'simulate';

/** One parameter of an action: its form field, and whether its text is a template. */
export interface ActionField {
  /** Key in the action's params; a dot leads into an object (`options.raw_response_body`). */
  key: string;
  label: string;
  /** 'template' is rendered at run time, 'text' is not; 'account' and 'behavior' hold ids; 'flag' "1" or "". */
  kind: 'template' | 'text' | 'select' | 'account' | 'behavior' | 'placeholder' | 'flag';
  options?: readonly { value: string; label: string }[];
  /** Lines of the text box; one line without. */
  rows?: number;
  help?: string;
  /** Of a placeholder: what is in it, to be offered to templates behind. */
  members?: readonly { name: string; title: string }[];
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
  raw: RawBody;
  ignoreCertificate: boolean;
  /** At most so long; the settings' time-out without. */
  timeoutMs?: number;
}

/**
 * What an action came to. Beside its own work it may send the run elsewhere: `exit` ends its behavior, `end` the
 * whole run, `wait` lets the run wait for a reply, `subroutine` jumps, `call` begins another behavior (which takes
 * the place of this one with `replaces`, and else puts its placeholders into `into` at its end).
 */
export type ActionResult =
  | 'done'
  | 'skipped'
  | { go: 'exit' }
  | { go: 'end' }
  | { go: 'wait'; prompt: Prompt }
  | { go: 'subroutine'; title: string }
  | {
      go: 'call';
      behaviorId: string;
      values: JsonObject;
      scope: JsonObject;
      into: string | null;
      replaces: boolean;
    };

/** Another behavior that a run may go on with. */
export interface CallRequest {
  /** Id or uri. */
  behavior: string;
  /** Inputs by variable name; templates rendered. */
  variables: JsonObject;
  /** Key of a bot or record in scope that the behavior shall act on; '' for none. */
  on: string;
  into: string | null;
  replaces: boolean;
  /** Placeholders of the called behavior's event. */
  scope?: JsonObject;
}

/** What an action may do in its run. Every method may throw HubError, which ends the run at this node. */
export interface ActionTools {
  readonly mode: RunMode;
  /** Renders a template with the placeholders as they are now. */
  render(template: string): Promise<string>;
  /** Variables and placeholders as they are now. */
  values(): JsonObject;
  /** Sets a placeholder, a JSON value. */
  set(name: string, value: unknown): void;
  /** Sets a variable of the behavior, coerced by its type, and gives what it became. Throws for what does not fit. */
  setVariable(key: string, value: unknown): unknown;
  /** Adds to what the transcript tells of this action. */
  say(text: string): void;
  /** The account by id or uri, after checking that the bot (and who simulates) may use it. */
  account(idOrUri: string): Promise<{ id: string; name: string }>;
  /** Sends, signed with an account if its id is given. */
  send(request: PlainRequest, accountId?: string): Promise<CerbResponse>;
  /**
   * Goes on with another behavior; 'skipped', having said why, for one that is disabled, private to another bot or
   * under way already (Cerb has no re-entry). Throws for one that is not here and for inputs that do not fit.
   */
  call(request: CallRequest): Promise<ActionResult>;
  /** Lets the run wait for a reply, which `reply` of the same action gets. */
  ask(type: string, params: JsonObject): ActionResult;
  /** Texts that the bot keeps between runs. A simulation reads, and writes for itself alone. */
  keys: {
    get(key: string): Promise<string | null>;
    /** '' forgets it; `expiresAt` in milliseconds, null: never. */
    set(key: string, value: string, expiresAt: number | null): Promise<void>;
  };
  /** Behaviors that shall run once, later. Never asked in a simulation. */
  schedules: {
    /** False when one that waits already was kept in its place. */
    add(request: RunLater): Promise<{ title: string; isNew: boolean }>;
    remove(request: Pick<RunLater, 'behavior' | 'target'>): Promise<{ title: string; count: number }>;
  };
  /** Records of a type, as far as the bot's owner may use them. Throws for types that are not here. */
  records(type: string): {
    /** A query in Cerb's words, as far as they are known here. */
    search(query: string): Promise<JsonObject[]>;
    find(idOrUri: string): Promise<JsonObject>;
    /** Gives the new record's id; throws, as do the others, for records that are only read. */
    create(fields: JsonObject): Promise<string>;
    update(id: string, fields: JsonObject): Promise<void>;
    remove(id: string): Promise<void>;
  };
  /** Sends a mail through the hub's mail server; resolves when the server has taken it. */
  mail(request: MailRequest): Promise<SentMail>;
  /** What is shown to the person that the run talks with, in order. Plain JSON. */
  show(message: JsonObject): void;
  /** The answer to the HTTP request that started the run. */
  answer: {
    status(code: number): void;
    header(name: string, value: string): void;
    body(text: string): void;
  };
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
  /** The only events it can run on; undefined: any. */
  event?: string | readonly string[];
  fields: readonly ActionField[];
  /** What of these params cannot run, by path below the action, known without running. */
  remarks(params: JsonObject): Remark[];
  /** Resolves 'skipped' when the action had nothing to do in this mode. */
  run(params: JsonObject, tools: ActionTools): Promise<ActionResult>;
  /** Takes what was replied to `ask`; may ask again. */
  reply?(params: JsonObject, tools: ActionTools, reply: JsonObject): Promise<ActionResult>;
}

/** Name of a placeholder that an action may set; undefined for one that is not. */
export function placeholderName(value: unknown): string | undefined {
  const name = textOf(value)?.trim() ?? '';
  return /^[A-Za-z_][A-Za-z0-9_]{0,99}$/.test(name) && name !== '__proto__' ? name : undefined;
}

/** The events an action can run on; undefined: any. */
export function eventsOf({ event }: ActionType): readonly string[] | undefined {
  return typeof event === 'string' ? [event] : event;
}
