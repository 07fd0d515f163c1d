/** What bots need of connected accounts; the hub hands it in. Pure types, and the sentence of a refusal. */
import type { CerbResponse, RawBody } from '../delivery/cerb-response.ts';
import type { Actor, Owner } from '../people/actor.ts';

export interface AccountFacts {
  id: string;
  uri: string | null;
  name: string;
  owner: Owner;
}

/** Not to be asked within a transaction: they use connections of their own. */
export interface Accounts {
  /** By id or uri, whoever owns it. */
  find(idOrUri: string): Promise<AccountFacts | undefined>;
  /** Those the actor may use, by name. */
  list(actor: Actor): Promise<AccountFacts[]>;
  /** The account's and its service's secrets, for masking what a run shows. */
  secrets(id: string): Promise<readonly string[]>;
  /** Signs and sends; checks the right to use, the link and the host again. */
  request(input: {
    actor: Actor;
    account: string;
    method: string;
    url: string;
    headers: [string, string][];
    body?: Uint8Array;
    raw?: RawBody;
    timeoutMs?: number;
    runId?: string;
  }): Promise<CerbResponse>;
}

/** Names of owners; the hub hands it in. */
export interface Owners {
  list(): Promise<(Owner & { label: string })[]>;
  label(owner: Owner): Promise<string>;
  /** Who may use what the owner owns, as a sentence. */
  whoMayUse(owner: Owner): Promise<string>;
  exists(owner: Owner): Promise<boolean>;
}

/** Why a bot may not use an account, with both owners and the remedy. */
export async function refusedAccount(
  owners: Owners,
  bot: { name: string; owner: Owner },
  account: AccountFacts,
): Promise<string> {
  const [botOwner, accountOwner] = await Promise.all([
    ownerWords(owners, bot.owner),
    ownerWords(owners, account.owner),
  ]);
  return `The bot '${bot.name}' is owned by ${botOwner} and may not use the account '${account.name}', which is owned by ${accountOwner}. Choose an account of ${botOwner}, or give bot and account the same owner.`;
}

async function ownerWords(owners: Owners, owner: Owner): Promise<string> {
  return owner.context === 'app' ? 'the application' : `the worker ${await owners.label(owner)}`;
}
