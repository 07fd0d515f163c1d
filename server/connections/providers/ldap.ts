/** LDAP as a way for people to sign in. Pure. */
import type { ServiceProvider } from '../provider.ts';
import { signInOnly } from '../sign-in-only.ts';

/** `cerb.service.provider.ldap`, with Cerb's parameter names. */
export const ldap: ServiceProvider = signInOnly({
  id: 'cerb.service.provider.ldap',
  title: 'LDAP directory',
  otherPrefix: 'field_',
  serviceFields: [
    { key: 'host', label: 'Host', kind: 'text', required: true },
    { key: 'port', label: 'Port', kind: 'text', required: false },
    { key: 'encryption', label: 'Encryption', kind: 'text', required: false },
    { key: 'bind_dn', label: 'Bind DN', kind: 'text', required: false },
    { key: 'bind_password', label: 'Bind password', kind: 'secret', required: false },
    { key: 'context_search', label: 'Search base', kind: 'text', required: false },
  ],
});
