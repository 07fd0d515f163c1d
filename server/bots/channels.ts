/** What bots ask of channels; the hub hands it in. Pure types. */

/** The run that speaks. */
export interface ChannelRun {
  bot: { id: string; name: string };
  /** What was received and started the run; undefined for other runs. */
  origin: MessageOrigin | undefined;
  /** Said again under the same token, nothing is sent twice. */
  token: string;
}

export interface MessageOrigin {
  conversationId: string;
  /** The same whenever the same message is answered. */
  eventKey: string;
}

export interface Said {
  text: string;
  buttons: readonly { label: string; payload: string }[];
}

/** What became of a message; a refusal carries the provider's code, or ours where it was refused here. */
export type ChannelOutcome =
  | { ok: true; status: 'queued' | 'sent' | 'held' | 'unknown'; messageId: string; text: string }
  | { ok: false; code: string; message: string };

export interface Channels {
  /** Answers in the conversation of the run's origin. */
  reply(run: ChannelRun, said: Said): Promise<ChannelOutcome>;
  /** Writes to a person, by the remote service's id, from the channel of an account. */
  directMessage(run: ChannelRun, said: Said & { account: string; to: string }): Promise<ChannelOutcome>;
  post(
    run: ChannelRun,
    said: { account: string; text: string; inReplyTo: string | null },
  ): Promise<ChannelOutcome>;
}
