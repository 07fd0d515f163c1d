/** A small package that comes in revisions, and its plan as tests read it. */

/** Service, account, bot and one behavior; options are what a revision changes. */
export function birdPackage(
  packageName: string,
  options: { name?: string; scope?: string; title?: string; uri?: string; behaviors?: string[] } = {},
): string {
  const { name = 'Birds', scope = 'read', title = 'Find', behaviors = ['behavior'] } = options;
  return JSON.stringify({
    package: {
      name: packageName,
      revision: 1,
      configure: {
        prompts: [
          { type: 'text', key: 'key', label: 'Consumer key', params: {} },
          { type: 'text', key: 'secret', label: 'Consumer secret', params: {} },
        ],
        placeholders: [{ type: 'random', key: 'tag', params: { length: 6 } }],
      },
    },
    records: [
      {
        uid: 'service',
        _context: 'connected_service',
        name,
        ...(options.uri === undefined ? {} : { uri: options.uri }),
        extension_id: 'cerb.service.provider.oauth1',
        params: {
          client_id: '{{{key}}}',
          client_secret: '{{{secret}}}',
          request_token_url: 'https://birds.example/request',
          authentication_url: 'https://birds.example/authorize',
          access_token_url: 'https://birds.example/access',
          request_params: { scope },
        },
      },
      {
        uid: 'account',
        _context: 'connected_account',
        name,
        service_id: '{{{uid.service}}}',
        owner__context: 'app',
        owner_id: '0',
        params: {},
      },
    ],
    bots: [
      {
        uid: 'bot',
        name: 'Bird bot',
        owner: { context: 'app', id: 0 },
        is_disabled: false,
        params: { config: { tag: '{{{tag}}}' } },
        behaviors: behaviors.map((uid) => ({
          uid,
          title,
          is_disabled: false,
          is_private: false,
          priority: 50,
          event: { key: 'event.macro.bot' },
          nodes: [action('{{{uid.account}}}')],
        })),
      },
    ],
  });
}

function action(account: string): object {
  return {
    type: 'action',
    title: 'Call',
    params: {
      actions: [
        {
          action: 'core.va.action.http_request',
          http_verb: 'get',
          http_url: 'https://birds.example/find',
          auth: 'connected_account',
          auth_connected_account_id: account,
          response_placeholder: '_http_response',
        },
      ],
    },
  };
}

export interface PlannedField {
  path: string;
  from: unknown;
  to: unknown;
  is_local_edit: boolean;
  taken: boolean;
}

export interface Planned {
  prompts: { key: string; missing: boolean }[];
  records: { uid: string; action: string; changes?: PlannedField[] }[];
  dropped: { uid: string }[];
}

/** The answer of `plan` with mode "update". */
export function planned(answer: Record<string, unknown>): Planned {
  return answer as unknown as Planned; // the shape is what the tests look at
}

export function change(records: Planned['records'], uid: string, path: string): PlannedField | undefined {
  return records.find((record) => record.uid === uid)?.changes?.find((field) => field.path === path);
}
