/** A package as large as packages get: 2,000 records in some 5 MB, templates in every one of them. */

export const answers = { consumer_key: 'key', consumer_secret: 'secret', site: 'https://api.example.com' };

const contexts = { app: 'cerberusweb.contexts.app', account: 'cerberusweb.contexts.connected_account' };

/** One service, accounts of it, and bots with behaviors that use them. */
export function largePackage({ records, bytes }: { records: number; bytes: number }): string {
  const accounts = Math.floor(records / 4);
  const bots = Math.floor(records / 8);
  const behaviors = records - 1 - accounts - bots;
  // What the texts of the behaviors have to fill.
  const note = 'Tells what the remote site answered, line by line. '.repeat(
    Math.max(0, Math.round((bytes - records * 1100) / behaviors / 51)),
  );
  const value = {
    package: {
      name: 'Large',
      revision: 1,
      configure: {
        prompts: Object.keys(answers).map((key) => ({ type: 'text', key, label: key, params: {} })),
        placeholders: [{ type: 'random', key: 'tag', params: { length: 8 } }],
      },
    },
    records: [service(), ...Array.from({ length: accounts }, (_, at) => account(at))],
    bots: Array.from({ length: bots }, (_, at) => ({
      uid: `bot_${at}`,
      name: `Bot ${at} {{{tag}}}`,
      owner: { context: contexts.app, id: 0 },
      is_disabled: false,
      params: { config: { site: '{{{site}}}', number: at } },
      behaviors: Array.from({ length: shareOf(behaviors, bots, at) }, (_none, each) =>
        behavior(`${at}_${each}`, at % accounts, note),
      ),
    })),
  };
  return JSON.stringify(value, null, 2);
}

function shareOf(all: number, among: number, at: number): number {
  return Math.floor((all * (at + 1)) / among) - Math.floor((all * at) / among);
}

function service() {
  return {
    uid: 'service',
    _context: 'connected_service',
    name: 'Large',
    extension_id: 'cerb.service.provider.oauth1',
    params: {
      client_id: '{{{consumer_key}}}',
      client_secret: '{{{consumer_secret}}}',
      request_token_url: '{{{site}}}/oauth/request_token',
      authentication_url: '{{{site}}}/oauth/authorize',
      access_token_url: '{{{site}}}/oauth/access_token',
    },
  };
}

function account(at: number) {
  return {
    uid: `account_${at}`,
    _context: contexts.account,
    name: `Account ${at} of {{{site}}}`,
    service_id: '{{{uid.service}}}',
    owner__context: contexts.app,
    owner_id: '0',
    params: { oauth_token: `token-${at}`, oauth_token_secret: `secret-${at}` },
  };
}

function behavior(name: string, accountAt: number, note: string) {
  return {
    uid: `behavior_${name}`,
    title: `Behavior ${name} {{{tag}}}`,
    is_disabled: false,
    is_private: false,
    priority: 50,
    event: { key: 'event.macro.bot', label: 'Custom behavior on bot' },
    variables: { var_q: { key: 'var_q', label: 'q', type: 'S', is_private: '0', params: {} } },
    nodes: [
      {
        type: 'action',
        title: 'Ask',
        status: 'live',
        params: {
          actions: [
            {
              action: 'core.va.action.http_request',
              http_verb: 'get',
              http_url: '{{{site}}}/search?q={{var_q|url_encode}}',
              http_headers: 'Accept: application/json',
              http_body: '',
              auth: 'connected_account',
              auth_connected_account_id: `{{{uid.account_${accountAt}}}}`,
              response_placeholder: '_http_response',
            },
            { action: '_set_custom_var', var: 'told', value: `${note}{{_http_response.body}}`, format: '' },
          ],
        },
      },
    ],
  };
}
