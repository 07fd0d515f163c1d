/** A bot that talks, in a test hub: its behaviors, and what a page of a conversation shows. */
import assert from 'node:assert/strict';
import type { DatabaseConfig } from '../../server/config.ts';
import { openDatabase } from '../../server/db/open.ts';
import type { TestHub } from './hub.ts';

type Node = Record<string, unknown>;

export const act = (title: string, ...actions: object[]): Node => ({
  type: 'action',
  title,
  params: { actions },
});
export const decide = (title: string, ...outcomes: Node[]): Node => ({
  type: 'switch',
  title,
  nodes: outcomes,
});
/** An outcome that is taken when the template gives the value. */
export const when = (tpl: string, value: string, ...nodes: Node[]): Node => ({
  type: 'outcome',
  title: value || 'nothing',
  params: { groups: [{ any: 0, conditions: [{ condition: '_custom_script', tpl, oper: 'is', value }] }] },
  nodes,
});
export const say = (message: string, format = '') => ({
  action: 'send_message',
  message,
  format,
  delay_ms: '0',
});
export const set = (name: string, value: string) => ({ action: '_set_custom_var', var: name, value });

export type Talks = Awaited<ReturnType<typeof makeTalks>>;

/** Makes the bot Otto. */
export async function makeTalks(hub: TestHub) {
  const botId: string = (await hub.api('POST', '/bots', { name: 'Otto' })).body.id;
  return {
    botId,
    /** On "Conversation with worker" unless said otherwise. */
    async behavior(nodes: Node[], fields: object = {}): Promise<string> {
      const made = await hub.api('POST', '/behaviors', {
        bot_id: botId,
        title: 'Talk',
        event: { key: 'event.message.chat.worker' },
        variables: {},
        nodes,
        ...fields,
      });
      assert.equal(made.status, 201, made.text);
      return made.body.id;
    },
    /** As a process leaves a conversation that is gone in the middle of a turn. */
    async abandon(config: DatabaseConfig, id: string): Promise<void> {
      const db = openDatabase(config);
      await db('chats').where({ id }).update({ state: 'thinking', busy_until: Date.now() });
      await db.destroy();
    },
    async rawMessages(config: DatabaseConfig): Promise<string> {
      const db = openDatabase(config);
      const rows = await db('chat_messages').select();
      await db.destroy();
      return JSON.stringify(rows);
    },
  };
}

/** The texts of the messages on a page, in their order, as they are escaped there. */
export function textOf(html: string): string[] {
  return [...html.matchAll(/<div[^>]*\bdata-said>([\s\S]*?)<\/div>/g)].map(([, said = '']) =>
    said
      .replace(/<(?:br|\/p)>/g, '\n')
      .replace(/<[^>]+>/g, '')
      .trim(),
  );
}
