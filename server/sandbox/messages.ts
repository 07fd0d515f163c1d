/** Every direct message of the sandbox, in memory, newest first when asked. Gets its clock from the caller. */
import type { Consumer, User } from './consumer.ts';

export interface QuickReplyOption {
  label: string;
  description?: string;
  metadata?: string;
}

/** A link under a message. */
export interface CallToAction {
  label: string;
  url: string;
}

export interface NewMessage {
  from: User;
  to: User;
  text: string;
  options?: readonly QuickReplyOption[];
  ctas?: readonly CallToAction[];
  /** What the option carried that was tapped; '' when it carried nothing. */
  tapped?: string;
  /** The app that sent it; absent for a person at the service itself. */
  via?: Consumer;
}

export interface Message extends NewMessage {
  /** Above 2^53, and odd steps apart, so that rounding makes two of them equal. */
  id: bigint;
  createdAt: number;
  /** Who took it off their own list. */
  deletedBy: Set<User>;
}

/** Which part of a list is wanted. */
export interface MessagePage {
  count: number;
  /** Only what is older. */
  before?: bigint;
  /** Only the conversation with this person. */
  peer?: User;
}

/** How far back lists reach. */
export const messageWindowMs = 30 * 24 * 3_600_000;

export type Messages = ReturnType<typeof createMessages>;

export function createMessages() {
  const messages: Message[] = [];
  let nextId = 1_990_000_000_000_100_101n;

  /** Whether a person still sees a message. */
  function isSeenBy({ from, to, deletedBy }: Message, user: User): boolean {
    return (from === user || to === user) && !deletedBy.has(user);
  }
  return {
    add(message: NewMessage, createdAt: number): Message {
      const added = { ...message, id: nextId, createdAt, deletedBy: new Set<User>() };
      nextId += 2n;
      messages.push(added);
      return added;
    },
    find: (id: string, user: User): Message | undefined =>
      messages.find((message) => String(message.id) === id && isSeenBy(message, user)),
    /** What a person sees, newest first, and whether there is more. */
    page(
      user: User,
      { count, before, peer }: MessagePage,
      now: number,
    ): { messages: Message[]; more: boolean } {
      const all = messages.filter(
        (message) =>
          isSeenBy(message, user) &&
          message.createdAt > now - messageWindowMs &&
          (before === undefined || message.id < before) &&
          (peer === undefined || message.from === peer || message.to === peer),
      );
      return { messages: all.reverse().slice(0, count), more: all.length > count };
    },
    hasWritten: (from: User, to: User): boolean =>
      messages.some((message) => message.from === from && message.to === to),
  };
}
