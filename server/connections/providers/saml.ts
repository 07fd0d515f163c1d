/** SAML as a way for people to sign in. Pure. */
import type { ServiceProvider } from '../provider.ts';
import { signInOnly } from '../sign-in-only.ts';

/** `cerb.service.provider.saml.idp`, with Cerb's parameter names. */
export const saml: ServiceProvider = signInOnly({
  id: 'cerb.service.provider.saml.idp',
  title: 'SAML identity provider',
  serviceFields: [
    { key: 'entity_id', label: 'Entity ID', kind: 'text', required: true },
    { key: 'url_sso', label: 'Sign-in URL', kind: 'url', required: false },
    { key: 'url_slo', label: 'Sign-out URL', kind: 'url', required: false },
    {
      key: 'cert',
      label: 'Certificate',
      kind: 'prose',
      required: false,
      help: 'PEM, of the identity provider.',
    },
  ],
});
